/** Rows that are counted at most. */
const MOST_COUNTED = 1_000_000;

/** What asks for the rows of a page; the other beginning is that of a search. */
const ROWS = /^with "__ps_(?:agg|search_guardrails)__" as \(/;
const NAME = '"(?:[^"]|"")+"';
const COUNT = new RegExp(
  `^(with "__ps_agg__" as \\(select cast\\(coalesce\\(count\\(\\*\\), 0\\) as text\\) as "__ps_count__" from )(${NAME}\\.${NAME})( where true\\))`,
);
const SORTING = new RegExp(`( order by | (?:asc|desc), )cast\\((${NAME}) as numeric\\)(?= (?:asc|desc)\\b)`, 'g');
const RELATIONS =
  /^(select "ns"\."nspname" as "schema", "cls"\."relname" as "name", .* and "cls"\."relkind" in \(\$\d+, \$\d+)\)$/s;

/**
 * What the studio asks, as it can be asked of any database: of a large table it would count all rows before it shows the first, and
 * sort them all by `cast("id" as numeric)`, which is the order of `"id"` but uses no index; and of the relations it would leave out
 * partitioned tables, materialised views and foreign tables. Other statements stay as they are. Pure.
 */
export function adaptStudioSql(sql: string): string {
  if (!ROWS.test(sql)) return sql.replace(RELATIONS, "$1, 'p', 'm', 'f')");
  return sql
    .replace(
      COUNT,
      (_, start, table, end) => `${start}(select from ${table} limit ${MOST_COUNTED + 1}) as "__ps_counted__"${end}`,
    )
    .replace(SORTING, '$1$2');
}
