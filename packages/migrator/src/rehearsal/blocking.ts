import { secondsOf, type TableSizes } from './estimate.js';
import type { LockMode, Rehearsal, RehearsedStatement, RelationLock, Touched } from './types.js';

/** A lock on a table that was there before, in a mode that makes others wait. */
export interface Blocking {
  /** `public.songs`; for partitions, the table they are of. */
  readonly table: string;
  /** How many of its partitions are locked with or without it. */
  readonly partitions: number;
  /** The strongest that is held. */
  readonly mode: LockMode;
  readonly blocks: 'reads and writes' | 'writes';
  /** Index of the statement that takes the lock first. */
  readonly statement: number;
  /** From there to the end of the transaction, on scratch. */
  readonly heldMs: number;
  /** What takes time meanwhile. */
  readonly work: readonly Work[];
  /** Of all the work, where the sizes of its tables are known. */
  readonly bytes?: number;
  /** See `estimate.ts`. */
  readonly seconds?: number;
}

/** A table that was there before is written anew, or its rows are read. */
export interface Work {
  readonly table: string;
  readonly action: 'rewritten' | 'read';
  /** Index of the statement. */
  readonly statement: number;
  /** Rows that were read on scratch. */
  readonly rows: number;
}

/** From weak to strong. Those behind ShareUpdateExclusiveLock make writers wait, the last one readers too. */
const STRENGTH: readonly LockMode[] = [
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
];

/** Higher is stronger. */
export function strengthOf(mode: LockMode): number {
  return STRENGTH.indexOf(mode);
}

/** Every table that others have to wait for, and what happens while they do. In the order of the statements. */
export function blockingOf(rehearsal: Rehearsal, sizes?: TableSizes): readonly Blocking[] {
  return [...groupBy(rehearsal.statements, ({ transaction }) => String(transaction)).values()]
    .flatMap((statements) => blockingIn(statements, sizes))
    .sort((a, b) => a.statement - b.statement);
}

interface Held {
  readonly lock: RelationLock;
  readonly by: RehearsedStatement;
}

function blockingIn(statements: readonly RehearsedStatement[], sizes: TableSizes | undefined): Blocking[] {
  const held = statements.flatMap((by) =>
    by.locks
      .filter(({ existed, kind, mode }) => existed && HOLDS_ROWS.includes(kind) && blocksWriters(mode))
      .map((lock) => ({ lock, by })),
  );
  return [...groupBy(held, ({ lock }) => lock.parent ?? lock.table)].flatMap(([table, locks]) => {
    const [first, ...rest] = locks;
    return first ? [toBlocking(table, [first, ...rest], statements, sizes)] : [];
  });
}

const HOLDS_ROWS: readonly string[] = ['table', 'partitioned table', 'materialized view', 'foreign table'];

function blocksWriters(mode: LockMode): boolean {
  return strengthOf(mode) >= strengthOf('ShareLock');
}

function toBlocking(
  table: string,
  held: readonly [Held, ...Held[]],
  statements: readonly RehearsedStatement[],
  sizes: TableSizes | undefined,
): Blocking {
  const [first] = held;
  const strongest = held.reduce((a, b) => (strengthOf(b.lock.mode) > strengthOf(a.lock.mode) ? b : a)).lock;
  const work = statements.filter(({ index }) => index >= first.by.index).flatMap(workOf);
  const cost = secondsOf(work, sizes);
  return {
    table,
    partitions: new Set(held.flatMap(({ lock }) => (lock.table === table ? [] : [lock.table]))).size,
    mode: strongest.mode,
    blocks: strongest.mode === 'AccessExclusiveLock' ? 'reads and writes' : 'writes',
    statement: first.by.index,
    heldMs: first.by.heldMs,
    work,
    ...cost,
  };
}

/** TRUNCATE gives new files too, and is done with them at once. */
function workOf({ index, kind, rewrites, reads }: RehearsedStatement): Work[] {
  const rewritten = new Set(kind === 'TruncateStmt' ? [] : tablesOf(rewrites));
  const rows = new Map(reads.filter(({ existed }) => existed).map(({ table, rows: count }) => [table, count]));
  return [...new Set([...rewritten, ...rows.keys()])].map((table) => ({
    table,
    action: rewritten.has(table) ? 'rewritten' : 'read',
    statement: index,
    rows: rows.get(table) ?? 0,
  }));
}

function tablesOf(touched: readonly Touched[]): string[] {
  return touched.filter(({ existed, kind }) => existed && kind !== 'index').map(({ table }) => table);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
