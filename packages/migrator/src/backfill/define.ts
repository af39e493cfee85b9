import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';

/** What `run` writes with: queries of Drizzle, in the transaction of its batch. */
export type BackfillTransaction = Pick<
  PgDatabase<PgQueryResultHKT>,
  'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'execute' | '$with' | 'with' | '$count'
>;

/** A backfill that SQL cannot say. */
export interface BackfillDefinition<T extends PgTable = PgTable> {
  /** The table that the batches go along. */
  readonly table: T;
  /** Columns of the key, as the database names them. Default: the primary key. */
  readonly key?: readonly string[];
  /** Rows of the first batch. Default 1000; later ones are as large as take `--backfill-batch`. */
  readonly batch?: number;
  /**
   * Changes the rows of one batch, which are locked until it has ended. What it throws takes the batch back. Whatever it does outside of
   * `tx` is not taken back, and may happen again.
   */
  readonly run: (tx: BackfillTransaction, rows: T['$inferSelect'][]) => Promise<unknown>;
}

/**
 * The default export of `NNNN_name.backfill.ts`, typed by its table.
 *
 * @example
 * export default defineBackfill({
 *   table: songs,
 *   run: async (tx, rows) => {
 *     for (const { id, title } of rows) await tx.update(songs).set({ slug: slugify(title) }).where(eq(songs.id, id));
 *   },
 * });
 */
export function defineBackfill<T extends PgTable>(definition: BackfillDefinition<T>): BackfillDefinition<T> {
  return definition;
}
