import { setTimeout as sleep } from 'node:timers/promises';
import { type CatalogDifference, compareCatalogs, readCatalog } from '../catalog/index.js';
import { isConnectionLost } from '../database/connection-error.js';
import { countSql } from '../database/count-rows.js';
import { sqlstate } from '../database/history.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { retryDelay, retryReason } from '../execute/retry.js';
import { excerptOf, transactionsOf } from '../push/index.js';
import { quoteName } from '../sql/quote.js';
import { liveCatalog, type PlannedPush } from './plan-push.js';
import type { Project } from './project.js';
import type { PushOptions } from './push.js';

/**
 * Does what was planned, under the run lock. Throws `history-moved` where somebody has changed the database since, `lock-timeout` and
 * `statement-failed`.
 */
export async function applyPush(
  project: Project,
  session: Session,
  planned: PlannedPush,
  options: PushOptions,
): Promise<void> {
  const now = await readCatalog(session, liveCatalog(project));
  const [first]: readonly CatalogDifference[] = compareCatalogs(planned.live, now);
  if (first) throw moved(`Somebody has changed the database meanwhile: ${first.key}.`);
  const done: string[] = [];
  for (const transaction of transactionsOf(planned.statements)) {
    for (let attempt = 1; ; attempt += 1) {
      const failure = await applyOne(session, transaction, done.length === 0 ? planned.empty : [], options);
      if (failure === undefined) break;
      if (!(await waitsAgain(failure.error, attempt, options))) throw failed(failure, done, options);
    }
    done.push(...transaction);
  }
}

interface Failure {
  readonly error: unknown;
  readonly statement: string;
}

/** One transaction; what has failed is rolled back. */
async function applyOne(
  session: Session,
  transaction: readonly string[],
  empty: PlannedPush['empty'],
  { lockTimeoutMs = 3000 }: PushOptions,
): Promise<Failure | undefined> {
  let statement = '';
  try {
    await session.run(
      `begin; set local lock_timeout = ${Math.round(lockTimeoutMs)}; set local statement_timeout = 0; set local search_path = public; set local standard_conforming_strings = on`,
    );
    await assertEmpty(session, empty);
    for (const sql of transaction) {
      statement = sql;
      await session.run(sql);
    }
    await session.run('commit');
    return undefined;
  } catch (error) {
    if (!session.isClosed) await session.run('rollback').catch(() => {});
    if (error instanceof MigratorError) throw error;
    return { error, statement };
  }
}

/** What nobody was told of, because it held nothing, may hold something by now. */
async function assertEmpty(session: Session, targets: PlannedPush['empty']): Promise<void> {
  for (const target of targets) {
    if (!('count' in target)) await session.run(`lock table ${quoteName(target.schema ?? 'public', target.table)}`);
    const [row] = await session.rows<{ n: string }>(countSql(target));
    if (Number(row?.n) > 0) throw moved('Rows have come meanwhile into what was empty when this was planned.');
  }
}

function moved(message: string): MigratorError {
  return new MigratorError('history-moved', {
    message,
    state: 'Nothing was changed.',
    fix: 'Run `migrator push` again.',
  });
}

/** Between attempts nothing is held, so that the queries that have queued behind it get their turn. */
async function waitsAgain(
  error: unknown,
  attempt: number,
  { lockRetries = 3, signal, onProgress }: PushOptions,
): Promise<boolean> {
  const reason = retryReason(sqlstate(error));
  if (!reason || attempt > lockRetries || signal?.aborted) return false;
  const delayMs = retryDelay(attempt);
  onProgress?.(
    `${reason === 'deadlock' ? 'A deadlock' : 'A lock was not to be had'}: trying again, ${attempt} of ${lockRetries}.`,
  );
  await sleep(delayMs, undefined, { signal }).catch(() => {});
  return !signal?.aborted;
}

function failed({ error, statement }: Failure, done: readonly string[], { signal }: PushOptions): unknown {
  const code = sqlstate(error);
  if (isConnectionLost(error)) {
    return new MigratorError('connection-lost', {
      message: 'The connection to the server was lost.',
      where: excerptOf(statement),
      state: 'What was not committed, Postgres rolls back.',
      fix: 'Run `migrator push --dry-run` once the server is back: it shows what is left to do.',
      cause: error,
    });
  }
  if (!/^[0-9A-Z]{5}$/.test(code) || (code === '57014' && signal?.aborted)) return error;
  const state =
    done.length > 0
      ? `Done and kept: ${done.map((sql) => `\`${excerptOf(sql)}\``).join('; ')}. All else was rolled back; push again goes on from there.`
      : 'All of it was rolled back: nothing was changed.';
  const message = error instanceof Error ? error.message : String(error);
  if (code === '55P03') {
    return new MigratorError('lock-timeout', {
      message: `A statement waited too long for a lock: ${message}`,
      where: excerptOf(statement),
      state,
      fix: 'End what holds it (`migrator doctor` names long transactions), or wait longer: `--lock-timeout 30s`.',
      cause: error,
    });
  }
  const detail = error instanceof Error && 'detail' in error && error.detail ? String(error.detail) : '';
  return new MigratorError('statement-failed', {
    message: `${message} (${code})`,
    where: excerptOf(statement),
    ...(detail && { detail }),
    state,
    fix: 'Change the rows that stand in the way, or the schema; then push again.',
    cause: error,
  });
}
