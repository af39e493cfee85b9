import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { SampleCheck, SampleColumn, SampleKey } from './tables.js';

/**
 * SQL for a value of a column, different for each `n` (counting from 1) where the type has that many. `null` where nothing
 * is known about the type.
 */
export function sampleValue(column: SampleColumn, n: number): string {
  const { type, typeName, typeKind, enumValues, limit } = column;
  if (typeKind === 'e') {
    const value = enumValues[(n - 1) % Math.max(1, enumValues.length)];
    return value === undefined ? 'null' : `${quoteLiteral(value)}::${type}`;
  }
  if (typeKind === 'r') return `'empty'::${type}`;
  if (typeKind === 'm' || typeName.startsWith('_')) return `'{}'::${type}`;
  if (typeName === 'bit' || typeName === 'varbit') return `repeat('${n % 2}', ${limit ?? 1})::${type}`;
  if (typeName === 'numeric') return String(limit === undefined ? n : n % 10 ** Math.max(0, Math.min(limit, 9)));
  if (['text', 'varchar', 'bpchar', 'citext', 'name'].includes(typeName)) {
    const text = `${column.name} ${n}`;
    return quoteLiteral(limit !== undefined && text.length > limit ? String(n).slice(-limit) : text);
  }
  return BY_TYPE[typeName]?.(n) ?? 'null';
}

const BY_TYPE: Readonly<Record<string, (n: number) => string>> = {
  int2: String,
  int4: String,
  int8: String,
  oid: String,
  float4: (n) => `${n}.5`,
  float8: (n) => `${n}.5`,
  money: (n) => `${n}::money`,
  bool: (n) => String(n % 2 === 0),
  char: (n) => `'${n % 10}'`,
  uuid: (n) => `md5('${n}')::uuid`,
  date: (n) => `date '2026-01-01' + ${n}`,
  timestamp: (n) => `timestamp '2026-01-01 12:00' + interval '${n} hours'`,
  timestamptz: (n) => `timestamptz '2026-01-01 12:00+00' + interval '${n} hours'`,
  time: (n) => `time '00:00' + interval '${n} minutes'`,
  timetz: (n) => `timetz '00:00+00' + interval '${n} minutes'`,
  interval: (n) => `interval '${n} hours'`,
  json: (n) => `'{"n": ${n}}'::json`,
  jsonb: (n) => `'{"n": ${n}}'::jsonb`,
  jsonpath: () => `'$'::jsonpath`,
  bytea: (n) => `decode(md5('${n}'), 'hex')`,
  inet: (n) => `'10.0.${n >> 8}.${n % 256}'::inet`,
  cidr: (n) => `'10.0.${n >> 8}.${n % 256}/32'::cidr`,
  macaddr: (n) => `'08:00:2b:01:02:${(n % 256).toString(16).padStart(2, '0')}'::macaddr`,
  macaddr8: (n) => `'08:00:2b:01:02:03:04:${(n % 256).toString(16).padStart(2, '0')}'::macaddr8`,
  point: (n) => `point(${n}, ${n})`,
  line: (n) => `'{1,2,${n}}'::line`,
  lseg: (n) => `'((0,0),(1,${n}))'::lseg`,
  box: (n) => `'((0,0),(1,${n}))'::box`,
  path: (n) => `'((0,0),(1,${n}))'::path`,
  polygon: (n) => `'((0,0),(1,${n}),(2,0))'::polygon`,
  circle: (n) => `'<(0,0),${n}>'::circle`,
  tsvector: (n) => `to_tsvector('simple', 'word ${n}')`,
  tsquery: (n) => `'word${n}'::tsquery`,
  xml: (n) => `'<n>${n}</n>'::xml`,
  pg_lsn: (n) => `'0/${n}'::pg_lsn`,
  hstore: (n) => `'n=>${n}'::hstore`,
  ltree: (n) => `'n${n}'::ltree`,
};

/** The key of the `n`-th row that is there, counting round. */
export function referredValue(key: SampleKey, column: string, n: number): string {
  const target = quoteIdent(key.targets[key.columns.indexOf(column)] ?? '');
  const order = key.targets.map(quoteIdent).join(', ');
  return `(select ${target} from ${key.table} order by ${order} offset (${n} - 1) % greatest(1, (select count(*) from ${key.table})) limit 1)`;
}

/** Values that a check may want: its own literals come first, then the usual suspects for numbers. */
export function valuesForCheck(check: SampleCheck, column: SampleColumn): readonly string[] {
  const literals = [...check.text.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => `'${text}'`);
  const numbers = [...check.text.matchAll(/(?<![\w'.])-?\d+(?:\.\d+)?(?![\w'.])/g)].flatMap(([text]) => [
    text,
    String(Number(text) + 1),
    String(Number(text) - 1),
  ]);
  const isText = ['text', 'varchar', 'bpchar', 'citext', 'name'].includes(column.typeName);
  const usual = isText
    ? ["'a'", "'abcdefghij'", "'a@b.cd'", "'https://a.b/c'", "'A1'", "''"]
    : ['0', '1', '-1', '10', '100'];
  return [...new Set([...literals, ...(isText ? [] : numbers), ...usual])].slice(0, 24);
}
