import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Answers (CommandComplete messages) seen so far, over all connections. */
  readonly answers: () => number;
  /** Breaks every connection, both ways. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * A TCP proxy that reads the server's messages. `onAnswer(n)` is called when the server has finished its n-th statement and
 * before the client is told: the place where a kill hurts most. Returning false withholds the answer for ever.
 */
export async function startProxy(
  target: { host: string; port: number },
  onAnswer: (count: number) => boolean,
): Promise<TcpProxy> {
  let count = 0;
  const pairs = new Set<[Socket, Socket]>();
  const server: Server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    let rest = Buffer.alloc(0);
    let deaf = false;
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      while (!deaf && rest.length >= 5) {
        const size = rest.readInt32BE(1) + 1;
        if (rest.length < size) break;
        const message = rest.subarray(0, size);
        rest = rest.subarray(size);
        if (message[0] === 0x43) {
          count += 1;
          if (!onAnswer(count)) deaf = true;
        }
        if (!deaf) client.write(message);
      }
    });
    const end = () => {
      client.destroy();
      upstream.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('close', end).on('error', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    answers: () => count,
    cut: () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
    close: async () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A proxy to the server of `url`, and the URL that leads through it. */
export async function proxyTo(
  url: string,
  onAnswer: (count: number) => boolean,
): Promise<TcpProxy & { readonly url: string }> {
  const { hostname, port } = new URL(url);
  const proxy = await startProxy({ host: hostname, port: Number(port) }, onAnswer);
  const through = new URL(url);
  through.port = String(proxy.port);
  return { ...proxy, url: through.href };
}
