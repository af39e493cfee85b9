/** `character varying(50)`: the name, and the numbers in brackets. */
interface SqlType {
  readonly name: string;
  readonly numbers: readonly number[];
}

/**
 * Whether all values of a type are values of the other, and drivers give them alike. `integer` to `bigint` is none: postgres
 * drivers for JavaScript give a string or a BigInt for it.
 */
export function isWidening(from: string, to: string): boolean {
  const [a, b] = [read(from), read(to)];
  if (TEXTS.includes(a.name) && TEXTS.includes(b.name)) return fits(a.numbers, b.numbers);
  if (a.name !== b.name) return a.name === 'smallint' && b.name === 'integer';
  return a.name === 'numeric'
    ? fitsNumeric(a.numbers, b.numbers)
    : NUMBERED.includes(a.name) && fits(a.numbers, b.numbers);
}

const TEXTS: readonly string[] = ['character varying', 'text', 'citext'];
const NUMBERED: readonly string[] = ['bit varying', 'timestamp with time zone', 'timestamp without time zone'];

function read(type: string): SqlType {
  // The numbers of a timestamp stand within its name.
  const numbers = /\(([\d,-]+)\)/.exec(type)?.[1]?.split(',').map(Number) ?? [];
  return { name: type.replace(/\([\d,-]+\)/, ''), numbers };
}

/** No number means no limit. */
function fits([from]: readonly number[], [to]: readonly number[]): boolean {
  return to === undefined || (from !== undefined && from <= to);
}

/** As many digits before and behind the point as before, or more; another scale would be written out differently. */
function fitsNumeric(
  [precision, scale = 0]: readonly number[],
  [newPrecision, newScale = 0]: readonly number[],
): boolean {
  if (newPrecision === undefined) return true;
  return precision !== undefined && scale === newScale && precision <= newPrecision;
}
