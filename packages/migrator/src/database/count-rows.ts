import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import { throwIfAborted } from './abort.js';
import { sqlstate } from './history.js';
import type { Session } from './session.js';

/** What to count: all rows of a table, the values of a column, or the rows that have none. */
export interface CountTarget {
  readonly schema?: string;
  readonly table: string;
  readonly column?: string;
  readonly nulls?: boolean;
}

/** A query of its own that gives one number `n`; nothing stands in for it when it takes too long. */
export interface CountQuery {
  readonly count: string;
}

export interface Count {
  readonly rows: number;
  /** From the planner's statistics, because counting would have taken too long, or would have waited for a lock. */
  readonly estimated: boolean;
}

const EACH_MS = 2000;
const ALL_MS = 8000;
const LOCK_MS = 500;

/**
 * Counts each, in its own short read-only transaction: two seconds at most, eight for all together; what takes longer is
 * estimated. Undefined for what does not exist or may not be read, and for a query that takes too long.
 */
export async function countRows(
  session: Session,
  targets: readonly (CountTarget | CountQuery)[],
  signal?: AbortSignal,
): Promise<readonly (Count | undefined)[]> {
  const deadline = performance.now() + ALL_MS;
  const counts: (Count | undefined)[] = [];
  for (const target of targets) {
    throwIfAborted(signal);
    const left = Math.min(EACH_MS, Math.round(deadline - performance.now()));
    counts.push(await countOne(session, target, left));
  }
  // A cancelled statement looks like one that took too long.
  throwIfAborted(signal);
  return counts;
}

async function countOne(
  session: Session,
  target: CountTarget | CountQuery,
  limitMs: number,
): Promise<Count | undefined> {
  if (limitMs <= 0) return estimate(session, target);
  try {
    const rows = await session.rows<{ n: string }>(
      // Rows that a policy hides are rows too: where one would, Postgres refuses.
      `begin isolation level read committed read only; set local statement_timeout = ${limitMs}; set local lock_timeout = ${Math.min(limitMs, LOCK_MS)}; set local row_security = off;
       ${countSql(target)}; commit`,
    );
    return { rows: Number(rows[0]?.n), estimated: false };
  } catch (error) {
    if (session.isClosed) throw error;
    await session.run('rollback');
    if (['57014', '55P03'].includes(sqlstate(error))) return estimate(session, target);
    // No such table or column, no right to read it, a view in its place; an expression that fails on a row.
    if (/^(?:42|3F)/.test(sqlstate(error)) || 'count' in target) return undefined;
    throw error;
  }
}

/** The query that gives the number as `n`. */
export function countSql(target: CountTarget | CountQuery): string {
  if ('count' in target) return target.count;
  const column = target.column === undefined ? undefined : quoteIdent(target.column);
  if (target.column === undefined || target.nulls)
    return `select count(*)::text as n from ${nameOf(target)}${target.nulls ? ` where ${column} is null` : ''}`;
  // Computed values are computed again from the columns that stay.
  return `select (case when exists (${generatedSql(target, target.column)}) then 0
    else (select count(${column}) from ${nameOf(target)}) end)::text as n`;
}

function generatedSql(target: CountTarget, column: string): string {
  return `select from pg_attribute g where g.attrelid = to_regclass(${quoteLiteral(nameOf(target))})
    and g.attname = ${quoteLiteral(column)} and g.attgenerated <> ''`;
}

/** From the statistics only: the size of a table cannot be asked for while somebody holds it exclusively. */
async function estimate(session: Session, target: CountTarget | CountQuery): Promise<Count | undefined> {
  if ('count' in target) return undefined;
  const column = quoteLiteral(target.column ?? '');
  const [row] = await session.rows<{ n: number; fraction: number | null }>(
    `select greatest(c.reltuples, 0)::float8 as n,
       case when exists (${generatedSql(target, target.nulls ? '' : (target.column ?? ''))}) then 1 else (select s.null_frac from pg_stats s join pg_namespace n on n.nspname = s.schemaname
        where n.oid = c.relnamespace and s.tablename = c.relname and s.attname = ${column})::float8 end as fraction
     from pg_class c where c.oid = to_regclass(${quoteLiteral(nameOf(target))})`,
  );
  if (!row) return undefined;
  const nulls = row.fraction ?? 0;
  const share = target.column === undefined ? 1 : target.nulls ? nulls : 1 - nulls;
  return { rows: Math.round(Number(row.n) * share), estimated: true };
}

function nameOf({ schema, table }: CountTarget): string {
  return schema === undefined ? quoteIdent(table) : quoteName(schema, table);
}
