import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Handler, type LoopbackServer, listenOnLoopback, refuse } from '../loopback/listen.js';

/** The page that Drizzle serves Studio from. */
export const STUDIO_ORIGIN = 'https://local.drizzle.studio';

export interface GuardOptions {
  readonly port: number;
  /** Origins of pages that may use it. */
  readonly origins: readonly string[];
  /** The socket that drizzle-kit's server listens on. */
  readonly socketPath: string;
}

/**
 * Stands before drizzle-kit's Studio server, which runs any SQL for any page that asks: lets in only the pages of the given origins,
 * under its own name. Requests without an origin are refused: browsers always send it here. Throws `port-taken`.
 */
export function guardStudio({ port, origins, socketPath }: GuardOptions): Promise<LoopbackServer> {
  const handler: Handler = async (request, response) => {
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) {
      refuse(response, 403, `Only pages of ${origins.join(', ')} are let in.`);
      return;
    }
    allow(response, origin);
    if (request.method === 'OPTIONS') {
      response.writeHead(204);
      response.end();
    } else if (request.method === 'POST') await pass(request, response, socketPath);
    else refuse(response, 405, 'Drizzle Studio only posts.');
  };
  return listenOnLoopback(port, () => handler);
}

function allow(response: ServerResponse, origin: string): void {
  const headers = {
    'access-control-allow-origin': origin,
    vary: 'Origin',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-allow-private-network': 'true',
    'access-control-allow-local-network': 'true',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** The answer goes back without drizzle-kit's own headers, which would let in everybody. */
function pass(request: IncomingMessage, response: ServerResponse, socketPath: string): Promise<void> {
  return new Promise((resolve) => {
    const headers = Object.fromEntries(
      ['content-type', 'content-length', 'accept-encoding'].flatMap((name) => {
        const value = request.headers[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const forward = httpRequest({ socketPath, method: 'POST', path: '/', headers: { ...headers, host: 'localhost' } });
    forward.once('response', (answer) => {
      for (const name of ['content-type', 'content-encoding', 'content-length']) {
        const value = answer.headers[name];
        if (value !== undefined) response.setHeader(name, value);
      }
      response.writeHead(answer.statusCode ?? 502);
      answer.pipe(response);
    });
    forward.once('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, 'drizzle-kit does not answer.');
    });
    response.once('close', () => {
      forward.destroy();
      resolve();
    });
    request.pipe(forward);
  });
}
