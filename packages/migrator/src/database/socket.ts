import { connect, type Socket } from 'node:net';

export interface HostAddress {
  /** A name, an address, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
}

export function isSocketFolder(host: string): boolean {
  return host.startsWith('/');
}

/** Opens a TCP connection or unix socket. Rejects with the system's error, `CONNECT_TIMEOUT`, or an AbortError. */
export function openSocket(
  { host, port }: HostAddress,
  timeoutMs: number,
  signal?: AbortSignal | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = isSocketFolder(host) ? connect({ path: `${host}/.s.PGSQL.${port}` }) : connect({ host, port });
    const timer = setTimeout(() => fail(Object.assign(new Error('no answer'), { code: 'CONNECT_TIMEOUT' })), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.destroy();
      reject(error);
    };
    const stop = () => fail(Object.assign(new Error('stopped'), { name: 'AbortError' }));
    signal?.addEventListener('abort', stop, { once: true });
    socket.setNoDelay(true);
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      socket.removeListener('error', fail);
      // postgres.js reads the name for TLS from here when it is handed a socket.
      resolve(Object.assign(socket, { host, port }));
    });
  });
}

/**
 * Sends the protocol's CancelRequest. Like libpq's PQcancel, without TLS: servers and poolers take it before any login.
 * A request that arrives between two statements does nothing, so callers repeat it.
 */
export async function sendCancel(
  address: HostAddress,
  backend: { readonly pid: number; readonly secret: number },
): Promise<void> {
  const socket = await openSocket(address, 2000);
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80_877_102, 4);
  packet.writeUInt32BE(backend.pid >>> 0, 8);
  packet.writeUInt32BE(backend.secret >>> 0, 12);
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
    socket.end(packet);
  });
}
