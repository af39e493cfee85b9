import { family, isArray, storedTypeSql } from './types.js';

type Typed = { readonly type: string; readonly typeSchema?: string };

interface Type {
  readonly base: string;
  /** Length, or precision and scale; empty where there is none. */
  readonly limits: readonly number[];
}

function typeOf(column: Typed): Type {
  const text = storedTypeSql(column).toLowerCase();
  const [, inside] = /\(([\d\s,]*)\)/.exec(text) ?? [];
  const limits = inside === undefined ? [] : inside.split(',').map(Number);
  const base = text.replace(/\s*\([\d\s,]*\)/, '').trim();
  return { base: SYNONYMS[base] ?? base, limits };
}

const SYNONYMS: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  decimal: 'numeric',
  timestamptz: 'timestamp with time zone',
  'timestamp without time zone': 'timestamp',
};

const INTEGERS: readonly string[] = ['smallint', 'integer', 'bigint'];

/** Whether every value of the one type keeps its bytes in the other, so that Postgres leaves the file of the table alone. */
export function keepsFile(from: Typed, to: Typed): boolean {
  if (isArray(from) || isArray(to)) return storedTypeSql(from) === storedTypeSql(to);
  const [a, b] = [typeOf(from), typeOf(to)];
  const [[x, scale = 0], [y, newScale = 0]] = [a.limits, b.limits];
  if (a.base === 'varchar' && b.base === 'varchar') return y === undefined || (x !== undefined && y >= x);
  if (a.base === 'varchar' && b.base === 'text') return true;
  if (a.base === 'text' && b.base === 'varchar') return y === undefined;
  if (a.base === 'numeric' && b.base === 'numeric')
    return y === undefined || (x !== undefined && y >= x && scale === newScale);
  return storedTypeSql(from) === storedTypeSql(to);
}

/** Whether a foreign key can stay while a column of it changes: each of the types compares with the other. */
export function keepsForeignKey(from: Typed, to: Typed): boolean {
  const [a, b] = [typeOf(from), typeOf(to)];
  const text = ['varchar', 'text'];
  return sameBase(from, to) || [INTEGERS, text].some((list) => list.includes(a.base) && list.includes(b.base));
}

/** The same: an expression upon the column, parsed anew by Postgres, is what it would be if it were made upon the new type. */
export function keepsCheck(from: Typed, to: Typed, expression: string): boolean {
  // Lists, casts and functions get casts when they are parsed, which are not the same when that is parsed again.
  if (!/^[^()[\]:]*$/.test(expression) || /\b(?:case|cast|between)\b/i.test(expression)) return false;
  if (sameBase(from, to)) return true;
  return [from, to].every((type) => INTEGERS.includes(typeOf(type).base)) && !expression.includes("'");
}

function sameBase(from: Typed, to: Typed): boolean {
  return !isArray(from) && !isArray(to) && typeOf(from).base === typeOf(to).base;
}

/** What of the values is lost by a conversion that succeeds: "digits behind the point"; undefined where nothing can be. */
export function lossOf(from: Typed, to: Typed): string | undefined {
  if (isArray(from) || isArray(to)) return isArray(from) && !isArray(to) ? 'all but the first element' : undefined;
  const [a, b] = [typeOf(from), typeOf(to)];
  const [[, scale = 0], [length, newScale = 0]] = [a.limits, b.limits];
  const inexact = ['numeric', 'real', 'double precision'];
  if (inexact.includes(a.base) && INTEGERS.includes(b.base)) return 'the digits behind the point';
  if (
    a.base === 'numeric' &&
    b.base === 'numeric' &&
    length !== undefined &&
    (a.limits.length === 0 || newScale < scale)
  )
    return `the digits behind the point that do not fit numeric(${length}, ${newScale})`;
  if (['real', 'double precision'].includes(b.base) && family(from) === 'number' && WIDTH[a.base] !== undefined)
    return (WIDTH[a.base] ?? 0) > (WIDTH[b.base] ?? 0) ? 'digits beyond the precision of the new type' : undefined;
  if (inexact.slice(1).includes(a.base) && b.base === 'numeric' && newScale < 15 && length !== undefined)
    return 'the digits behind the point that do not fit';
  if (/^(?:varchar|char|character)$/.test(b.base) && length !== undefined && family(from) === 'text') {
    const isCut = a.limits[0] === undefined || a.limits[0] > length;
    return isCut ? `the end of values longer than ${length} characters` : undefined;
  }
  if (a.base.startsWith('timestamp') && b.base === 'date') return 'the time of day';
  if (a.base === 'timestamp with time zone' && /^time\b/.test(b.base)) return 'the date';
  if (a.base === 'timestamp' && /^time\b/.test(b.base)) return 'the date';
  return undefined;
}

/** Decimal digits that are exact. */
const WIDTH: Readonly<Record<string, number>> = {
  smallint: 5,
  real: 6,
  integer: 10,
  'double precision': 15,
  bigint: 19,
  numeric: 1000,
};

/** Whether the new value depends on `TimeZone` of the session that converts. */
export function dependsOnTimeZone(from: Typed, to: Typed): boolean {
  const [a, b] = [typeOf(from).base, typeOf(to).base];
  if (a === b || family(from) !== 'date') return false;
  return (a === 'timestamp with time zone') !== (b === 'timestamp with time zone') && family(to) === 'date';
}
