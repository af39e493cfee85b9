import { quoteIdent, quoteName } from '../sql/quote.js';
import type { Column } from './snapshot.js';

const SERIALS: Readonly<Record<string, string>> = {
  serial: 'integer',
  bigserial: 'bigint',
  smallserial: 'smallint',
};

const ARRAY = /(?:\[\d*\])+$/;

/** The type that a serial column has once it is made; undefined for others. */
export function serialBase({ type }: Pick<Column, 'type'>): string | undefined {
  return SERIALS[type.toLowerCase()];
}

/** A column's type as SQL. `serial` stays `serial`, which only CREATE TABLE and ADD COLUMN understand. */
export function typeSql(column: Pick<Column, 'type' | 'typeSchema'>): string {
  const array = ARRAY.exec(column.type)?.[0] ?? '';
  const base = column.type.slice(0, column.type.length - array.length);
  if (column.typeSchema) return quoteName(column.typeSchema, base) + array;
  // A custom type's text is SQL already; a bare name with capitals can only be meant as it is written.
  return (
    (/^[a-z_]\w*$/i.test(base) && /[A-Z]/.test(base) && !KEYWORDS.has(base.toLowerCase()) ? quoteIdent(base) : base) +
    array
  );
}

const KEYWORDS = new Set(
  'smallint integer int int2 int4 int8 bigint real float float4 float8 numeric decimal boolean bool text varchar char bytea json jsonb uuid date time timetz timestamp timestamptz interval serial bigserial smallserial inet cidr macaddr point line box circle polygon money xml bit citext'.split(
    ' ',
  ),
);

/** The same, with `serial` as the integer type behind it. */
export function storedTypeSql(column: Pick<Column, 'type' | 'typeSchema'>): string {
  return serialBase(column) ?? typeSql(column);
}

export function isArray({ type }: Pick<Column, 'type'>): boolean {
  return ARRAY.test(type);
}

/** Key of the enum in a snapshot, if the type is one. */
export function enumKeyOf({ type, typeSchema }: Pick<Column, 'type' | 'typeSchema'>): string | undefined {
  return typeSchema ? `${typeSchema}.${type.replace(ARRAY, '')}` : undefined;
}

/**
 * What to write behind USING to turn a column into another type. Where Postgres has no cast it goes through text, and a
 * value that does not fit stops the migration instead of being lost.
 */
export function conversion(name: string, from: Column, to: Column): string {
  const column = quoteIdent(name);
  const target = storedTypeSql(to);
  if (isArray(to) && !isArray(from))
    return `CASE WHEN ${column} IS NULL THEN NULL ELSE ARRAY[${column}]::text[]::${target} END`;
  if (isArray(from) && !isArray(to)) return `(${column}::text[])[1]::${target}`;
  if (isArray(from)) return `${column}::text[]::${target}`;
  const [a, b] = [family(from), family(to)];
  if (a === b && a !== 'other' && a !== 'enum') return `${column}::${target}`;
  if (a === 'text' || b === 'text') return `${column}::${target}`;
  const pair = [a, b].join(' ');
  if (pair === 'boolean number') return `${column}::integer::${target}`;
  if (pair === 'number boolean') return `${column}::integer::${target}`;
  return `${column}::text::${target}`;
}

const FAMILIES: readonly (readonly [family: string, pattern: RegExp])[] = [
  [
    'number',
    /^(?:smallint|integer|int[248]?|bigint|real|double precision|float[48]?|numeric|decimal|(?:small|big)?serial)\b/,
  ],
  ['text', /^(?:text|varchar|char|character|citext|bpchar)\b/],
  ['boolean', /^bool/],
  ['date', /^(?:date|timestamp)/],
  ['time', /^time\b/],
  ['json', /^jsonb?$/],
];

/** Types of one family convert into each other by a cast. */
export function family(column: Pick<Column, 'type' | 'typeSchema'>): string {
  if (column.typeSchema) return 'enum';
  const type = column.type.toLowerCase().replace(ARRAY, '');
  return FAMILIES.find(([, pattern]) => pattern.test(type))?.[0] ?? 'other';
}

/** Names that Postgres makes up, `songs_id_seq` and `songs_pkey`: cut to 63 bytes as it cuts them. */
export function impliedName(table: string, column: string | undefined, label: string): string {
  const parts = [Buffer.from(table), Buffer.from(column ?? '')] as [Buffer, Buffer];
  const overhead = label.length + 1 + (column === undefined ? 0 : 1);
  let [a, b] = [parts[0].length, parts[1].length];
  while (a + b + overhead > 63) {
    if (a > b) a -= 1;
    else b -= 1;
  }
  const first = clip(parts[0], a);
  return column === undefined ? `${first}_${label}` : `${first}_${clip(parts[1], b)}_${label}`;
}

function clip(bytes: Buffer, length: number): string {
  return bytes.toString('utf8', 0, length).replace(/\uFFFD+$/, '');
}
