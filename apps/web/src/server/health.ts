import type { ServerResponse } from 'node:http';
import type { Database } from '@melodia/db';
import { checkCompatibility } from '@melodia/db/compatibility';

/** Answers a probe, and says whether the request was one. */
export type Probes = (path: string | undefined, response: ServerResponse) => boolean;

interface Readiness {
  readonly state: 'ready' | 'pending' | 'incompatible' | 'unreachable';
  readonly message: string;
  readonly needed?: string;
  readonly found?: string | undefined;
}

/** A probe every second is answered from what was found a moment ago. Milliseconds. */
const READINESS_KEPT = 3000;

/** `/healthz`: the process answers. `/readyz`: the database does too, and has what this version needs. */
export function createProbes(db: Database, log: (message: string) => void): Probes {
  let known: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  const readiness = () => {
    if (!known || Date.now() - known.at > READINESS_KEPT) known = { at: Date.now(), answer: askReadiness(db, log) };
    return known.answer;
  };
  return (path, response) => {
    if (path === '/healthz') send(response, 200, { state: 'alive' });
    else if (path === '/readyz')
      void readiness().then((answer) => send(response, answer.state === 'ready' ? 200 : 503, answer));
    else return false;
    return true;
  };
}

async function askReadiness(db: Database, log: (message: string) => void): Promise<Readiness> {
  try {
    const { ok, state, message, needed, found } = await checkCompatibility(db);
    return { state: ok ? 'ready' : state === 'behind' ? 'pending' : 'incompatible', message, needed, found };
  } catch (error) {
    // Anybody may ask: hosts, users and names of databases are for the log.
    log(`readiness: ${reasonOf(error)}`);
    return { state: 'unreachable', message: 'The database does not answer. The log of this process says why.' };
  }
}

/** Drizzle wraps what Postgres said; the wrapper's own message is the query, with its values. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
