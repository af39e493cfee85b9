import { type CatalogDifference, topDifferences } from '../catalog/index.js';

/** As many as a terminal shows; `--json` has all. */
const SHOWN = 40;

/** One line or three for each object that differs, seen from the database. */
export function describeDifferences(differences: readonly CatalogDifference[]): string {
  const top = topDifferences(differences);
  const rest = top.length - SHOWN;
  return [...top.slice(0, SHOWN).map(describe), ...(rest > 0 ? [`… and ${rest} more, with \`--json\``] : [])].join(
    '\n',
  );
}

export function describeDifference(difference: CatalogDifference): string {
  const { kind, name } = difference;
  switch (difference.change) {
    case 'missing':
      return `${wordOf(kind)} ${name}: the database lacks it`;
    case 'unexpected':
      return `${wordOf(kind)} ${name}: no migration makes it`;
    case 'changed':
      return `${wordOf(kind)} ${name}: it differs`;
  }
}

/** `function public.add(integer)`: names only. */
export function describeObjects(differences: readonly CatalogDifference[]): string[] {
  return differences.map(({ kind, name }) => `${wordOf(kind)} ${name}`);
}

function describe(difference: CatalogDifference): string {
  const { change, expected = '', actual = '' } = difference;
  const line = `- ${describeDifference(difference)}`;
  if (change !== 'changed') return line;
  return `${line}\n    by the migrations: ${indented(expected)}\n    in the database:   ${indented(actual)}`;
}

function indented(text: string): string {
  return text.trim().replace(/\n/g, '\n                       ');
}

function wordOf(kind: CatalogDifference['kind']): string {
  return kind.replaceAll('-', ' ');
}
