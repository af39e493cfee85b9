/** Rows that are counted at most. */
const MOST_COUNTED = 1_000_000;

/**
 * The studio counts all rows of a table before it shows the first: of a large table that takes longer than a query may. Such a
 * count stops at a million and one. Other statements stay as they are. Pure.
 */
export function boundCount(sql: string): string {
  const name = '"(?:[^"]|"")+"';
  return sql.replace(
    new RegExp(
      `^(with "__ps_agg__" as \\(select cast\\(coalesce\\(count\\(\\*\\), 0\\) as text\\) as "__ps_count__" from )(${name}\\.${name})( where true\\))`,
    ),
    (_, start, table, end) => `${start}(select from ${table} limit ${MOST_COUNTED + 1}) as "__ps_counted__"${end}`,
  );
}
