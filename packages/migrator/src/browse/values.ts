import type { PrintedRows } from '../database/session.js';

/** Oids of types whose values are no text in JSON. They are the same in every database. */
const BOOLEAN = 16;
const NUMBERS = new Set([21, 23, 26, 700, 701]);
const JSONS = new Set([114, 3802]);
const TIMES = new Set([1114, 1184]);

/** Element types by the types of their arrays. */
const ARRAYS: ReadonlyMap<number, number> = new Map([
  ...([
    [1000, 16],
    [1005, 21],
    [1007, 23],
    [1016, 20],
    [1021, 700],
    [1022, 701],
    [1231, 1700],
  ] as const),
  ...([
    [1009, 25],
    [1015, 1043],
    [1014, 1042],
    [1002, 18],
    [1003, 19],
    [2951, 2950],
    [1028, 26],
  ] as const),
  ...([
    [1182, 1082],
    [1115, 1114],
    [1185, 1184],
    [1183, 1083],
    [199, 114],
    [3807, 3802],
  ] as const),
]);

/**
 * Rows as objects of JSON values. What JSON cannot hold exactly, such as bigint and numeric, stays text. Of columns with one name, as a
 * join has them, the later ones get a number: `id`, `id (2)`. Pure.
 */
export function jsonRows({ columns, rows }: PrintedRows): Readonly<Record<string, unknown>>[] {
  const names = distinct(columns.map(({ name }) => name));
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ type }, index) => [names[index] ?? '', jsonValue(row[index] ?? null, type)] as const),
    ),
  );
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let number = 2; taken.has(own) || (own !== name && names.includes(own)); number += 1)
      own = `${name} (${number})`;
    taken.add(own);
    return own;
  });
}

function jsonValue(text: string | null, type: number): unknown {
  if (text === null) return null;
  if (type === BOOLEAN) return text === 't';
  if (NUMBERS.has(type)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (JSONS.has(type)) return JSON.parse(exactNumbers(text));
  if (TIMES.has(type)) return text.replace(/^(\d{4}-\d\d-\d\d) (\S+?)(?:\+00)?$/, '$1T$2Z');
  const element = ARRAYS.get(type);
  return element === undefined || !text.startsWith('{') ? text : arrayOf(text, element);
}

/** A document whose numbers are those that were stored: one that a browser would round becomes text in it. */
function exactNumbers(document: string): string {
  return document.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"${token}"`,
  );
}

function isExact(token: string): boolean {
  const number = Number(token);
  if (Number.isSafeInteger(number) && /^-?\d+$/.test(token)) return true;
  const [digits = ''] = token.toLowerCase().split('e');
  const significant = digits.replace(/[-.]/g, '').replace(/^0+/, '');
  return significant.length <= 15 && Number.isFinite(number) && (number !== 0 || significant === '');
}

/** `{1,"a b",NULL,{…}}`. */
function arrayOf(text: string, element: number): unknown[] {
  const tokens = text.match(/[{}]|"(?:[^"\\]|\\.)*"|[^{},"]+/gs) ?? [];
  let at = 0;
  const list = (): unknown[] => {
    const items: unknown[] = [];
    for (at += 1; at < tokens.length && tokens[at] !== '}'; at += 1) {
      const token = tokens[at] ?? '';
      if (token === '{') items.push(list());
      else if (token === 'NULL') items.push(null);
      else items.push(jsonValue(token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/gs, '$1') : token, element));
    }
    return items;
  };
  return list();
}
