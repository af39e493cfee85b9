import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionInfo } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { throwIfAborted } from './abort.js';
import { sqlstate } from './history.js';
import type { Session } from './session.js';
import { describeSession, sessionColumns, toSessionInfo } from './session-info.js';

export interface Renaming {
  readonly from: string;
  readonly to: string;
  /** Made by us a moment ago: whoever is connected to it, such as a pooler that keeps our connection, is in nobody's way. */
  readonly own?: boolean;
}

export interface SwapOptions {
  /** End the sessions of others. Otherwise they are waited for. */
  readonly terminate: boolean;
  /** How long, in milliseconds; Postgres itself waits five seconds for sessions that are about to leave. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Who is connected to a database, apart from this session. */
export async function readSessions(admin: Session, database: string): Promise<readonly SessionInfo[]> {
  const rows = await admin.rows(
    `select ${sessionColumns('a')} from pg_stat_activity a
     where a.datname = ${quoteLiteral(database)} and a.backend_type = 'client backend' and a.pid <> pg_backend_pid() order by a.backend_start`,
  );
  return rows.map(toSessionInfo);
}

export async function terminateSessions(admin: Session, database: string): Promise<void> {
  await admin.run(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = ${quoteLiteral(database)} and backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
}

/**
 * Renames databases, all of them or none, in one transaction. While a rename waits, nobody new can connect: so sessions that
 * are ended then stay away, and no door has to be closed that a killed run would leave closed. Neither session may be in one
 * of the databases. Throws `database-in-use`, with the sessions in `data`, when the time is up.
 */
export async function renameDatabases(
  admin: Session,
  helper: Session,
  renamings: readonly Renaming[],
  { terminate, waitMs, signal }: SwapOptions,
): Promise<void> {
  const sql = renamings.map(({ from, to }) => `alter database ${quoteIdent(from)} rename to ${quoteIdent(to)}`);
  const deadline = performance.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    throwIfAborted(signal);
    let done = false;
    const renaming = admin.run(['begin', ...sql, 'commit'].join(';\n')).finally(() => {
      done = true;
    });
    renaming.catch(() => {});
    const ended = renamings.filter(({ own }) => own || terminate);
    while (ended.length > 0 && !done) {
      for (const { from } of ended) await terminateSessions(helper, from);
      await Promise.race([renaming.catch(() => {}), sleep(100)]);
    }
    try {
      await renaming;
      return;
    } catch (error) {
      if (!admin.isClosed) await admin.run('rollback').catch(() => {});
      if (sqlstate(error) !== '55006') throw error;
      if (performance.now() < deadline || (terminate && attempt < 2)) continue;
      const sessions = (
        await Promise.all(renamings.filter(({ own }) => !own).map(({ from }) => readSessions(helper, from)))
      ).flat();
      throw inUse(renamings[0]?.from ?? '', sessions, error);
    }
  }
}

export function inUse(database: string, sessions: readonly SessionInfo[], cause?: unknown): MigratorError {
  const count = sessions.length === 1 ? '1 session is' : `${sessions.length} sessions are`;
  return new MigratorError('database-in-use', {
    message: `${count} connected to \`${database}\`.`,
    where: database,
    detail: sessions.map((session) => describeSession(session)).join('\n'),
    state: 'Nothing was changed.',
    fix: 'Stop what is connected, or pass `--terminate` to end these sessions, or `--wait 5m` to wait for them.',
    data: { sessions },
    cause,
  });
}
