import type { Schema } from './model/schema.js';
import { functionsIn, type Node } from './syntax.js';

/**
 * Functions of Postgres in defaults that give one value for a whole statement: it then adds the column without writing rows. None of them has
 * a volatile form under the same name, in any version.
 */
export const STABLE: ReadonlySet<string> = new Set(
  `now transaction_timestamp statement_timestamp current_setting current_database current_schema timezone date_trunc date_part date_bin extract age
    make_date make_time make_timestamp make_timestamptz make_interval justify_days justify_hours justify_interval isfinite
    to_char to_date to_number to_timestamp lower upper initcap concat concat_ws format length char_length character_length octet_length bit_length
    left right substr substring overlay position strpos trim btrim ltrim rtrim lpad rpad repeat replace translate reverse split_part
    regexp_replace regexp_match quote_ident quote_literal quote_nullable chr ascii md5 sha224 sha256 sha384 sha512 encode decode
    convert convert_from convert_to to_hex starts_with string_to_array array_to_string array_fill array_append array_prepend array_cat array_length
    array_position array_remove array_replace cardinality abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power mod div
    gcd lcm pi degrees radians greatest least coalesce nullif to_json to_jsonb json_build_object json_build_array json_object jsonb_build_object
    jsonb_build_array jsonb_object jsonb_set jsonb_insert jsonb_strip_nulls jsonb_array_length jsonb_typeof row_to_json array_to_json
    to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery setweight int4range int8range numrange tsrange tstzrange daterange
    point box circle host text inet_merge network masklen set_masklen`.split(/\s+/),
);

/**
 * The first function of a default that may give each row a value of its own. What a migration makes is as it says, volatile unless it says otherwise;
 * one that is not known counts as volatile.
 */
export function volatileFunction(
  expression: Node | undefined,
  { functions }: Pick<Schema, 'functions'>,
): string | undefined {
  return functionsIn(expression).find(({ schema, name, key }) => {
    const own = functions.get(key);
    if (own && schema !== 'pg_catalog') return own === 'volatile';
    return !STABLE.has(name.toLowerCase());
  })?.name;
}
