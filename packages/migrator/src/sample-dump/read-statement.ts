import type { DumpPart, NamedTable } from './types.js';

const NAME = String.raw`(?:"(?:[^"]|"")+"|[^\s"'().,;]+)`;
const TABLE = String.raw`(?:(?<schema>${NAME})\.)?(?<name>${NAME})`;
const COLUMNS = String.raw`(?:\((?<columns>(?:"(?:[^"]|"")+"|[^")])*)\)\s*)?`;
const COPY = new RegExp(String.raw`^COPY\s+(?:ONLY\s+)?${TABLE}\s*${COLUMNS}FROM\s+STDIN\b`, 'i');
const INSERT = new RegExp(String.raw`^INSERT\s+INTO\s+${TABLE}\s*${COLUMNS}(?:OVERRIDING|VALUES|DEFAULT)\b`, 'i');
const SETVAL = /^SELECT\s+(?:pg_catalog\.)?setval\(\s*'(?<literal>(?:[^']|'')+)'/i;
const SEQUENCE = new RegExp(`^${TABLE}$`);

/** What a statement of a dump does to data; undefined where it does something else. */
export function readDumpStatement(text: string, line: number): DumpPart | undefined {
  const copy = COPY.exec(text)?.groups;
  if (copy) return { kind: 'copy', table: tableOf(copy), columns: columnsOf(copy.columns), text, line };
  const insert = INSERT.exec(text)?.groups;
  if (insert) return { kind: 'insert', table: tableOf(insert), columns: columnsOf(insert.columns), text, line };
  const literal = SETVAL.exec(text)?.groups?.literal;
  const sequence = literal && SEQUENCE.exec(literal.replaceAll("''", "'"))?.groups;
  return sequence ? { kind: 'setval', sequence: tableOf(sequence), text, line } : undefined;
}

/** A setting that says how the file is to be read. */
export function readDumpSetting(text: string): { readonly name: string; readonly value: string } | undefined {
  const groups = /^SET\s+(?<name>client_encoding|standard_conforming_strings)\s*(?:=|TO)\s*'?(?<value>\w+)'?/i.exec(
    text,
  )?.groups;
  return groups && { name: groups.name?.toLowerCase() ?? '', value: groups.value?.toUpperCase() ?? '' };
}

function tableOf({ schema, name = '' }: Readonly<Record<string, string | undefined>>): NamedTable {
  return { ...(schema !== undefined && { schema: identifier(schema) }), name: identifier(name) };
}

function columnsOf(list: string | undefined): readonly string[] | undefined {
  return list?.match(new RegExp(NAME, 'g'))?.map(identifier);
}

/** As Postgres reads it: folded to lower case unless it is quoted. */
function identifier(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}
