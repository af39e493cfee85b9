/** Functions in defaults that give one value for a whole statement: Postgres then adds the column without writing rows. */
const STABLE = new Set(
  'now transaction_timestamp statement_timestamp current_date current_timestamp localtimestamp localtime current_time current_user session_user current_setting to_timestamp timezone lower upper array jsonb_build_object jsonb_build_array json_build_object json_build_array coalesce concat md5 make_interval make_date date_trunc extract cast interval varchar char numeric decimal timestamp timestamptz time bit float'.split(
    ' ',
  ),
);

/** Whether each row may get a value of its own. A function that is not known counts as such. */
export function isVolatile(defaultSql: unknown): boolean {
  if (typeof defaultSql !== 'string') return false;
  const code = defaultSql.replace(/'(?:[^']|'')*'/g, "''");
  return [...code.matchAll(/([a-z_][\w$]*"?)\s*\(/gi)].some(([, name = '']) => !STABLE.has(name.toLowerCase()));
}
