import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionInfo } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { throwIfAborted } from './abort.js';
import { liftLimits } from './limits.js';
import type { Session } from './session.js';
import { describeSession, sessionColumns, toSessionInfo } from './session-info.js';
import type { TrackingNames } from './tracking.js';

/** Two-part keys of the advisory locks, the same for everybody who uses one tracking table of one database. */
export interface LockKeys {
  /** Held by the lock connection for a whole run. */
  readonly run: readonly [number, number];
  /** Held by each migration's own transaction, so that the orphan of a killed run cannot overlap with the next one. */
  readonly step: readonly [number, number];
}

export function lockKeys({ schema, table }: TrackingNames): LockKeys {
  const digest = createHash('sha256').update(`@melodia/migrator ${schema}.${table}`).digest();
  const key = digest.readInt32BE(0);
  return { run: [RUN_LOCK, key], step: [STEP_LOCK, key] };
}

const RUN_LOCK = 0x6d69_6772;
const STEP_LOCK = 0x6d69_6773;

export interface LockOptions {
  /** How long to wait for another run to end, in milliseconds. */
  readonly waitMs: number;
  /** Major version, such as 16. */
  readonly serverVersion: number;
  readonly signal?: AbortSignal | undefined;
  readonly onWaiting?: (holder: SessionInfo | undefined, waitedMs: number) => void;
}

/**
 * Takes the run lock on a connection of its own. It is a try-lock in an open, silent READ COMMITTED transaction: a session
 * blocked in pg_advisory_lock deadlocks with CREATE INDEX CONCURRENTLY, a silent transaction does not stall it, and an
 * open transaction keeps its server connection behind a transaction-mode pooler, where session locks leak.
 * The lock ends with the session. Throws `lock-not-obtained` after `waitMs`.
 */
export async function takeRunLock(session: Session, names: TrackingNames, options: LockOptions): Promise<void> {
  const [group, key] = lockKeys(names).run;
  const started = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    throwIfAborted(options.signal);
    const locked = await session.rows<{ locked: boolean }>(
      `begin isolation level read committed; select ${liftLimits(options.serverVersion, 'transaction')}; select pg_try_advisory_xact_lock(${group}, ${key}) as locked`,
    );
    if (locked[0]?.locked === true) return;
    const holders = session.rows(holdersSql(group, key));
    await session.run('rollback');
    const holder = (await holders).map(toSessionInfo)[0];
    const waited = performance.now() - started;
    if (waited >= options.waitMs) throw notObtained(holder, waited, names);
    options.onWaiting?.(holder, waited);
    const pause = Math.min(1000, 50 * 1.5 ** Math.min(attempt, 8)) * (0.5 + Math.random() / 2);
    await sleep(
      Math.min(pause, Math.max(1, options.waitMs - waited)),
      undefined,
      options.signal ? { signal: options.signal } : {},
    );
  }
}

/** Who holds the run lock, if anybody does. */
export async function runLockHolder(session: Session, names: TrackingNames): Promise<SessionInfo | undefined> {
  return (await session.rows(holdersSql(...lockKeys(names).run))).map(toSessionInfo)[0];
}

function holdersSql(group: number, key: number): string {
  return `select ${sessionColumns('a')} from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and l.classid = ${group}::int::oid and l.objid = ${unsigned(key)} and l.objsubid = 2
         and l.database = (select oid from pg_database where datname = current_database())`;
}

/** pg_locks shows the halves of a key as oids, which are unsigned. */
function unsigned(key: number): number {
  return key >>> 0;
}

function notObtained(holder: SessionInfo | undefined, waitedMs: number, names: TrackingNames): MigratorError {
  return new MigratorError('lock-not-obtained', {
    message: `Another migration run holds the lock of ${names.schema}.${names.table}; gave up after ${Math.round(waitedMs / 100) / 10} s.`,
    ...(holder && { where: describeSession(holder) }),
    state: 'Nothing was changed by this run.',
    fix: holder
      ? `Wait for it with a longer \`--lock-wait 5m\`, or end it: \`select pg_terminate_backend(${holder.pid})\`.`
      : 'Run the command again; a longer `--lock-wait 5m` waits longer.',
    ...(holder && { data: { holder } }),
  });
}
