import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MigratorError } from '../errors/migrator-error.js';

/** Answers a request; what it throws becomes a 500 without a word of it. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface LoopbackServer {
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Listens on this machine only. Requests that name another host are refused: a page elsewhere can have its own name point here, and would
 * then count as of the same origin. Port 0: a free one. Throws `port-taken`.
 */
export async function listenOnLoopback(port: number, handler: (port: number) => Handler): Promise<LoopbackServer> {
  let handle: Handler | undefined;
  const server = createServer((request, response) => {
    if (!names.includes(request.headers.host ?? '')) {
      refuse(response, 403, 'This server answers only to its own name.');
      return;
    }
    handle?.(request, response).catch(() => {
      if (!response.headersSent) refuse(response, 500, 'The request failed.');
      else response.destroy();
    });
  });
  // A request that never ends must not keep anything.
  server.requestTimeout = 30_000;
  const listening = await listen(server, port);
  // Browsers leave the port out where it is the usual one.
  const names = [HOST, 'localhost'].flatMap((name) => (listening === 80 ? [name] : [`${name}:${listening}`]));
  handle = handler(listening);
  return {
    port: listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new MigratorError('port-taken', {
          message:
            cause.code === 'EACCES'
              ? `Port ${port} may be used by the administrator only.`
              : `Port ${port} cannot be listened on: ${cause.code === 'EADDRINUSE' ? 'another program has it' : cause.message}.`,
          where: `${HOST}:${port}`,
          state: 'Nothing was started.',
          fix: 'Give another one with `--port`, or end the program that has it.',
          cause,
        }),
      );
    });
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Says why, and hangs up: whoever is refused shall not hold a connection. */
export function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${why}\n`);
}

/** The whole body as text; undefined where it is larger than `most` bytes. */
export async function readBody(request: IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
