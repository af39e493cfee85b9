import { once } from 'node:events';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { isSocketFolder, openSocket } from './socket.js';
import type { ConnectionTarget } from './target.js';

/** What a server shows when it is asked for TLS. */
export type TlsOffer =
  | { readonly kind: 'socket-folder' }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'tls';
      /** Such as `TLSv1.3`. */
      readonly protocol: string;
      readonly subject: string;
      readonly issuer: string;
      /** Milliseconds since 1970. */
      readonly validFrom: number;
      readonly validTo: number;
      /** Why the chain cannot be trusted, by the authority of the URL or those that Node knows; undefined if it can. */
      readonly untrusted: string | undefined;
      /** Why the certificate is not one of this host; undefined if it is. */
      readonly misnamed: string | undefined;
    };

/** Asks the first host of a target for TLS as a client does, looks at the certificate, and logs in to nothing. */
export async function probeTls(target: ConnectionTarget): Promise<TlsOffer> {
  const [address] = target.hosts;
  if (!address || isSocketFolder(address.host)) return { kind: 'socket-folder' };
  const socket = await openSocket(address, target.connectTimeout * 1000);
  try {
    if (!(await acceptsTls(socket, target.connectTimeout))) return { kind: 'none' };
    const { ca, cert, key } = typeof target.ssl === 'object' ? target.ssl : {};
    const secure = connect({
      socket,
      servername: /^[\d.]+$|:/.test(address.host) ? '' : address.host,
      rejectUnauthorized: false,
      // The name is compared by itself: Node would tell of it as of a missing authority.
      checkServerIdentity: () => undefined,
      ALPNProtocols: ['postgresql'],
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    });
    await once(secure, 'secureConnect');
    return describe(secure, address.host);
  } finally {
    socket.destroy();
  }
}

/** The protocol's SSLRequest: the server answers with one byte, within so many seconds. */
async function acceptsTls(socket: Socket, limit: number): Promise<boolean> {
  const packet = Buffer.alloc(8);
  packet.writeInt32BE(8, 0);
  packet.writeInt32BE(80_877_103, 4);
  socket.write(packet);
  const closed = once(socket, 'close').then((): never => {
    throw new Error('it closes the connection without an answer');
  });
  const silent = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${limit} s`)), limit * 1000);
    const stop = () => clearTimeout(timer);
    closed.then(stop, stop);
  });
  const answer = await Promise.race([once(socket, 'data').then(([chunk]) => chunk as Buffer), closed, silent]);
  return answer.toString('latin1', 0, 1) === 'S';
}

function describe(secure: TLSSocket, host: string): TlsOffer {
  const certificate = secure.getPeerCertificate();
  const { subject, issuer, valid_from: from, valid_to: to } = certificate;
  return {
    kind: 'tls',
    protocol: secure.getProtocol() ?? 'TLS',
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    validFrom: Date.parse(from),
    validTo: Date.parse(to),
    untrusted: secure.authorized ? undefined : String(secure.authorizationError),
    misnamed: (checkServerIdentity(host, certificate) as { readonly reason?: string } | undefined)?.reason,
  };
}

function nameOf(name: { CN?: string | string[]; O?: string | string[] } | undefined): string {
  return [name?.CN ?? name?.O ?? 'nobody'].flat().join(', ');
}
