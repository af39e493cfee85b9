import type { Step } from '../core/types.js';
import { assertBackfillSql, batchDoneSql } from '../database/backfills.js';
import type { Key, RangeSql } from './backfill-range.js';
import type { BlockerWatch } from './blockers.js';
import type { ExecuteContext, OpenedBackfill } from './context.js';
import { preludeSql } from './prelude.js';
import { pidOf, settle } from './transaction.js';

export interface BatchPlace {
  readonly cursor: Key | null;
  readonly through: Key;
  /** Rows to look at, at most. */
  readonly size: number;
  /** Batches that are done, as this run knows: if somebody else has done one, this one fails. */
  readonly batches: number;
  readonly expectedRows: number;
  /** Only for a backfill in TypeScript. */
  readonly opened: OpenedBackfill | undefined;
}

export type BatchOutcome =
  | {
      readonly kind: 'done';
      readonly cursor: Key;
      readonly visited: number;
      readonly changed: number;
      readonly durationMs: number;
      /** Sessions that have queued for a lock of this batch. */
      readonly waiting: number;
    }
  /** No rows are left in the round. */
  | { readonly kind: 'end' }
  /** All of it was rolled back. `upTo` and `visited` say of which rows, if it came that far. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly upTo?: Key; readonly visited: number };

/**
 * One batch: the rows are changed and the cursor moves in one transaction, so that a kill at any moment leaves both or neither. The
 * rows are those that the range holds when the statement runs.
 */
export async function runBatch(
  step: Step,
  range: RangeSql,
  place: BatchPlace,
  context: ExecuteContext,
  watch: BlockerWatch,
): Promise<BatchOutcome> {
  const { session, names } = context;
  const started = performance.now();
  watch.starts(step.tag, 0);
  const rolledBack = async (error: unknown, visited = 0, upTo?: Key): Promise<BatchOutcome> => {
    watch.idle();
    if (!session.isClosed) await settle(session, 'rollback');
    return { kind: 'failed', error, visited, ...(upTo && { upTo }) };
  };
  const opened = await settle(
    session,
    [
      // What a crash of the server takes back, it takes back together with the cursor.
      preludeSql(context, { expectedRows: place.expectedRows, relaxCommit: true }),
      assertBackfillSql(names, step, place.batches),
      ...range.settings,
      range.page(place.cursor, place.through, place.size),
    ].join(';\n'),
  );
  if (!opened.ok) return rolledBack(opened.error);
  watch.inProcess(pidOf(opened.results));
  const page = opened.results.at(-1)?.rows[0];
  if (!page) {
    watch.idle();
    await settle(session, 'rollback');
    return { kind: 'end' };
  }
  const upTo = page.key as Key;
  const visited = Number(page.n);
  try {
    const changed = place.opened
      ? await place.opened.change(session, range.condition(place.cursor, upTo))
      : ((await session.runRaw(range.batch(place.cursor, upTo))).at(-1)?.count ?? 0);
    const [waiters, ended] = await Promise.all([
      session.rows<{ waiting: number }>(WAITERS),
      session.run(`${batchDoneSql(names, step, { cursor: upTo, visited, changed, size: place.size })};\ncommit`),
    ]);
    watch.idle();
    if (ended.at(-1)?.command !== 'COMMIT')
      return { kind: 'failed', error: new Error('The batch was rolled back instead of committed.'), upTo, visited };
    const waiting = Number(waiters[0]?.waiting ?? 0);
    return { kind: 'done', cursor: upTo, visited, changed, waiting, durationMs: performance.now() - started };
  } catch (error) {
    return rolledBack(error, visited, upTo);
  }
}

/** Asked before the commit, while the batch still holds its locks. */
const WAITERS = `select count(distinct pid)::int as waiting from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;
