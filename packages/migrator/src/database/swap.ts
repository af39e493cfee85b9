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
  /** Statements of the same transaction, after the renaming. */
  readonly and?: readonly string[] | undefined;
}

/** What keeps a database from being renamed or copied. */
export interface DatabaseUse {
  /** All of them, apart from this one. */
  readonly sessions: readonly SessionInfo[];
  /** How many of these are clients, which can be ended: workers of subscriptions and readers of slots would come again. */
  readonly clients: number;
  /** Names of prepared transactions, which wait for a second commit. */
  readonly prepared: readonly string[];
}

/** What Postgres does not send away by itself, as it does autovacuum. */
export async function readUse(admin: Session, database: string): Promise<DatabaseUse> {
  const name = quoteLiteral(database);
  const rows = await admin.rows(
    `select ${sessionColumns('a')}, a.backend_type = 'client backend' as is_client from pg_stat_activity a
     where a.datname = ${name} and a.backend_type not in ('autovacuum worker', 'parallel worker') and a.pid <> pg_backend_pid() order by a.backend_start`,
  );
  const prepared = await admin.rows<{ gid: string }>(
    `select gid from pg_prepared_xacts where database = ${name} order by prepared`,
  );
  return {
    sessions: rows.map(toSessionInfo),
    clients: rows.filter(({ is_client: isClient }) => isClient === true).length,
    prepared: prepared.map(({ gid }) => gid),
  };
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
  { terminate, waitMs, signal, and = [] }: SwapOptions,
): Promise<void> {
  const sql = renamings.map(({ from, to }) => `alter database ${quoteIdent(from)} rename to ${quoteIdent(to)}`);
  const deadline = performance.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    throwIfAborted(signal);
    let done = false;
    // Limits of the role are for its application.
    const limits = ['set local statement_timeout = 0', 'set local lock_timeout = 0'];
    const renaming = admin.run(['begin', ...limits, ...sql, ...and, 'commit'].join(';\n')).finally(() => {
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
      const name = renamings.find(({ own }) => !own)?.from ?? renamings[0]?.from ?? '';
      throw inUse(name, await readUse(helper, name), error);
    }
  }
}

export function inUse(database: string, { sessions, clients, prepared }: DatabaseUse, cause?: unknown): MigratorError {
  const counts = [
    ...(sessions.length > 0 || prepared.length === 0
      ? [`${sessions.length === 1 ? '1 session is' : `${sessions.length} sessions are`} connected to \`${database}\``]
      : []),
    ...(prepared.length > 0
      ? [
          `${prepared.length === 1 ? '1 prepared transaction is' : `${prepared.length} prepared transactions are`} open in \`${database}\``,
        ]
      : []),
  ];
  const fixes = [
    ...(clients > 0 || sessions.length + prepared.length === 0
      ? ['Stop what is connected, or pass `--terminate` to end these sessions, or `--wait 5m` to wait for them.']
      : []),
    ...(sessions.length > clients
      ? [
          'Workers of the server are not ended, as they would come again: disable the subscription, or stop what reads the replication slot.',
        ]
      : []),
    ...(prepared.length > 0
      ? [
          `End the prepared transactions, from within \`${database}\`: \`${prepared.map((gid) => `rollback prepared ${quoteLiteral(gid)}`).join('; ')}\`, or \`commit prepared\`.`,
        ]
      : []),
  ];
  return new MigratorError('database-in-use', {
    message: `${counts.join(', and ')}.`,
    where: database,
    detail: [
      ...sessions.map((session) => describeSession(session)),
      ...prepared.map((gid) => `prepared transaction ${gid}`),
    ].join('\n'),
    state: 'Nothing was changed.',
    fix: fixes.join(' '),
    data: { sessions, prepared },
    cause,
  });
}
