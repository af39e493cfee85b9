import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Database } from '@melodia/db';
import { checkCompatibility } from '@melodia/db/compatibility';
import { reasonOf } from './queue.js';

export interface HealthOptions {
  readonly db: Database;
  /** False once the queue takes no jobs any more. */
  readonly isWorking: () => boolean;
}

/** A probe every second is answered from what was found a moment ago. Milliseconds. */
const READINESS_KEPT = 3000;

/** `/healthz`: the process lives and takes jobs. `/readyz`: the database is there, and has what this version needs. */
export function createHealthServer({ db, isWorking }: HealthOptions): Server {
  let known: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  const readiness = () => {
    if (!known || Date.now() - known.at > READINESS_KEPT) known = { at: Date.now(), answer: askReadiness(db) };
    return known.answer;
  };
  return createServer((request, response) => {
    switch (request.url) {
      case '/healthz':
        return send(response, isWorking() ? 200 : 503, { state: isWorking() ? 'working' : 'stopping' });
      case '/readyz':
        return void readiness().then((answer) =>
          send(response, answer.state === 'ready' && isWorking() ? 200 : 503, answer),
        );
      default:
        return send(response, 404, { state: 'not-found' });
    }
  });
}

interface Readiness {
  readonly state: 'ready' | 'pending' | 'incompatible' | 'unreachable';
  readonly message: string;
  readonly needed?: string;
  readonly found?: string | undefined;
}

async function askReadiness(db: Database): Promise<Readiness> {
  try {
    const { ok, state, message, needed, found } = await checkCompatibility(db);
    return { state: ok ? 'ready' : state === 'behind' ? 'pending' : 'incompatible', message, needed, found };
  } catch (error) {
    return { state: 'unreachable', message: reasonOf(error) };
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
