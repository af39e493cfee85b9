import { functionsIn, type Node } from './syntax.js';

/** Functions in defaults that give one value for a whole statement: Postgres then adds the column without writing rows. */
const STABLE = new Set(
  'now transaction_timestamp statement_timestamp current_setting to_timestamp timezone lower upper jsonb_build_object jsonb_build_array json_build_object json_build_array concat md5 make_interval make_date date_trunc abs array_fill to_jsonb to_json length trim btrim replace coalesce current_database'.split(
    ' ',
  ),
);

/** The first function of a default that may give each row a value of its own. One that is not known counts as such. */
export function volatileFunction(expression: Node | undefined): string | undefined {
  return functionsIn(expression).find((name) => !STABLE.has(name));
}
