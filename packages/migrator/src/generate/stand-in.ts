import { quoteLiteral } from '../sql/quote.js';
import type { Column, Snapshot } from './snapshot.js';
import { enumKeyOf, isArray } from './types.js';

/** A value of a column's type that says as little as one can, as SQL; undefined for types that have none. */
export function standInOf(column: Column, { enums }: Pick<Snapshot, 'enums'>): string | undefined {
  if (isArray(column)) return `'{}'`;
  const key = enumKeyOf(column);
  if (key !== undefined) {
    const [first] = enums[key]?.values ?? [];
    return first === undefined ? undefined : quoteLiteral(first).trim();
  }
  return standInForType(column.type);
}

/** The same for a built-in type, as Postgres or drizzle print it. */
export function standInForType(type: string): string | undefined {
  if (type.endsWith('[]')) return `'{}'`;
  return STAND_INS.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1];
}

const STAND_INS: readonly (readonly [type: RegExp, value: string])[] = [
  [/^(?:text|varchar|character|char|bpchar|citext)\b/, `''`],
  [/^(?:smallint|integer|int[248]?|bigint|real|double precision|float[48]?|numeric|decimal|money)\b/, '0'],
  [/^bool/, 'false'],
  [/^uuid$/, `'00000000-0000-0000-0000-000000000000'`],
  [/^jsonb?$/, `'{}'`],
  [/^(?:date|timestamp)/, `'epoch'`],
  [/^time\b/, `'00:00'`],
  [/^interval/, `'0'`],
  [/^bytea$/, `''`],
  [/^(?:inet|cidr)$/, `'0.0.0.0'`],
  [/^macaddr$/, `'00:00:00:00:00:00'`],
  [/^macaddr8$/, `'00:00:00:00:00:00:00:00'`],
  [/^point$/, `'(0,0)'`],
];
