import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isConnectionLost } from '../database/connection-error.js';
import type { ConnectionTarget } from '../database/target.js';
import { MigratorError, redact } from '../errors/migrator-error.js';
import { type Handler, type LoopbackServer, listenOnLoopback, readBody, refuse } from '../loopback/listen.js';

import { CONTENT_POLICY, pageOf, readAssets } from './page.js';
import { type Query, QueryRefused, Reader, type ReaderOptions } from './reader.js';
import { adaptStudioSql } from './studio-sql.js';

export interface BrowseServer extends LoopbackServer {
  /** Opens the page once; whoever opened it is known by a cookie then. Holds the token: not to be logged. */
  readonly url: string;
}

const MOST_BYTES = 1_000_000;

/**
 * Serves a page that shows the tables and rows of a database, to this machine and to whoever has the token. The page asks
 * nothing of any other server. Throws `port-taken`.
 */
export async function serveBrowse(
  target: ConnectionTarget,
  options: ReaderOptions & { readonly port: number },
): Promise<BrowseServer> {
  const reader = new Reader(target, options);
  const token = randomBytes(32).toString('base64url');
  const server = await listenOnLoopback(options.port, (port) =>
    handlerOf(reader, { token, port, page: pageOf(options) }),
  );
  return {
    port: server.port,
    url: `http://127.0.0.1:${server.port}/?token=${token}`,
    close: async () => {
      await Promise.all([server.close(), reader.close()]);
    },
  };
}

function handlerOf(
  reader: Reader,
  { token, port, page }: { readonly token: string; readonly port: number; readonly page: string },
): Handler {
  const html = { type: 'text/html; charset=utf-8', content: Buffer.from(page) };
  const assets = readAssets();
  const secret = randomBytes(32).toString('base64url');
  // Cookies do not tell ports apart: other servers of this machine would get it too, but for a path that they do not know.
  const place = `/${randomBytes(16).toString('base64url')}/`;
  const cookie = `migrator-browse-${port}`;
  let isUsed = false;
  const isKnown = (request: IncomingMessage) =>
    (request.headers.cookie ?? '').split(/; */).some((pair) => same(pair, `${cookie}=${secret}`));
  return async (request, response) => {
    setHeaders(response);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const given = url.searchParams.get('token');
    if (isForeign(request)) return refuse(response, 403, 'Requests of other pages are refused.');
    if (request.method === 'GET' && url.pathname === '/' && given !== null && !isUsed && same(given, token)) {
      isUsed = true;
      response.writeHead(303, {
        location: place,
        'set-cookie': `${cookie}=${secret}; HttpOnly; SameSite=Strict; Path=${place}`,
      });
      response.end();
      return;
    }
    if (!isKnown(request))
      return refuse(
        response,
        403,
        'Open the address that `migrator browse` has printed. It works once: for another browser, start the command again.',
      );
    const path = url.pathname.startsWith(place) ? url.pathname.slice(place.length) : undefined;
    if (request.method === 'POST' && path === 'query') return answer(reader, request, response);
    if (request.method !== 'GET') return refuse(response, 405, 'There is no such thing here.');
    const asset = path === '' ? html : assets.get(path ?? '');
    if (!asset) return refuse(response, 404, 'There is no such thing here.');
    response.writeHead(200, { 'content-type': asset.type });
    response.end(asset.content);
  };
}

function setHeaders(response: ServerResponse): void {
  const headers = {
    'content-security-policy': CONTENT_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** Whether another page sent it. Browsers say so for every request that is not a plain visit. */
function isForeign({ method, headers }: IncomingMessage): boolean {
  if (headers.origin !== undefined) return headers.origin !== `http://${headers.host}`;
  const site = headers['sec-fetch-site'];
  const isVisit =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (site === 'cross-site' || site === 'same-site') return !isVisit;
  return method !== 'GET' && site !== 'same-origin';
}

function same(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The studio's protocol: `[error]`, or `[null, rows]`. */
async function answer(reader: Reader, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    return refuse(response, 415, 'Queries come as JSON.');
  const body = await readBody(request, MOST_BYTES);
  if (body === undefined) return refuse(response, 413, 'The query is too long.');
  const stop = new AbortController();
  response.once('close', () => stop.abort());
  const send = (document: unknown) => {
    if (response.destroyed) return;
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(document));
  };
  const rows = (query: Query) =>
    reader.read(query, stop.signal).then(
      (list) => [null, list] as const,
      (error: unknown) => [{ name: 'Error', message: toldOf(error) }] as const,
    );
  const asked = requestOf(body);
  if (!asked) return refuse(response, 400, 'That is no query.');
  switch (asked.procedure) {
    case 'query':
      return send(await rows(asked.queries[0] as Query));
    case 'sequence': {
      const [first, second] = asked.queries as [Query, Query];
      const answered = await rows(first);
      return send(answered[0] === null ? [answered, await rows(second)] : [answered]);
    }
    case 'sql-lint':
      return send([null, { diagnostics: [] }]);
    case 'transaction':
      return send([{ name: 'Error', message: 'This view only reads: changes are refused.' }]);
  }
}

function toldOf(error: unknown): string {
  if (error instanceof QueryRefused || error instanceof MigratorError) return error.message;
  if (isConnectionLost(error)) return 'The connection to the database was lost. Try again.';
  return redact(error instanceof Error ? error.message : String(error));
}

interface Asked {
  readonly procedure: 'query' | 'sequence' | 'transaction' | 'sql-lint';
  readonly queries: readonly Query[];
}

function requestOf(body: string): Asked | undefined {
  try {
    const { procedure, query, sequence, schema } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    if (procedure === 'transaction' || procedure === 'sql-lint') return { procedure, queries: [] };
    const given = procedure === 'query' ? [query] : procedure === 'sequence' ? sequence : undefined;
    if (!Array.isArray(given) || given.length !== (procedure === 'query' ? 1 : 2)) return undefined;
    const queries = given.map((one) => queryOf(one, schema));
    return queries.every((one) => one !== undefined)
      ? { procedure: procedure as 'query' | 'sequence', queries }
      : undefined;
  } catch {
    return undefined;
  }
}

function queryOf(value: unknown, schema: unknown): Query | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { sql, parameters = [] } = value as { readonly sql?: unknown; readonly parameters?: unknown };
  if (typeof sql !== 'string' || !Array.isArray(parameters)) return undefined;
  if (`${sql}${schema}`.includes('\0')) return undefined;
  return { sql: adaptStudioSql(sql), parameters, ...(typeof schema === 'string' && schema !== '' && { schema }) };
}
