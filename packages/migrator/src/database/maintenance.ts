import { connectionError, isConnectFailure } from './connection-error.js';
import { sqlstate } from './history.js';
import { Session } from './session.js';
import type { ConnectionTarget } from './target.js';

/** A session on the server that is in none of the databases `avoid`: a database cannot be renamed or copied from within. */
export async function openBeside(
  target: ConnectionTarget,
  avoid: readonly string[],
  options: { readonly applicationName: string; readonly signal?: AbortSignal | undefined },
): Promise<Session> {
  let failure: unknown;
  for (const database of ['postgres', 'template1', target.database].filter((name) => !avoid.includes(name))) {
    const there = { ...target, database };
    try {
      const session = await Session.open(there, options);
      try {
        await session.run('select');
        return session;
      } catch (error) {
        await session.close();
        throw isConnectFailure(error) ? connectionError(error, there) : error;
      }
    } catch (error) {
      failure ??= error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : sqlstate(error);
      // Missing, or not for this role: another one may do.
      if (!['database-missing', 'authentication-failed', '42501'].includes(code)) throw error;
    }
  }
  throw failure;
}
