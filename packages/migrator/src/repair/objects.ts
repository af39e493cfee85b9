/** What a file makes, by name alone: enough to tell which of two files must come first. */

const NAME = '(?:"?\\w+"?\\.)?"?(\\w+)"?';
const MADE = new RegExp(
  `\\bcreate\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+)?(?:materialized\\s+)?(?:table|type|sequence|view|function|domain|schema)\\s+(?:if\\s+not\\s+exists\\s+)?${NAME}`,
  'gi',
);
const ADDED = /\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?"(\w+)"/gi;

/** Names of tables, types, columns and the like that it makes, in lower case. */
export function makes(sql: string): string[] {
  const text = plain(sql);
  return [...text.matchAll(MADE), ...text.matchAll(ADDED)].map(([, name = '']) => name.toLowerCase());
}

export function uses(sql: string, name: string): boolean {
  return new RegExp(`(?<!\\w)${name}(?!\\w)`, 'i').test(plain(sql));
}

function plain(sql: string): string {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
}

interface NamedFile {
  readonly tag: string;
  readonly sql: string;
}

/** The first of the files that uses what only this one makes. */
export function firstUser({ tag, sql }: NamedFile, others: readonly NamedFile[]): string | undefined {
  const made = new Map(others.map((other) => [other.tag, makes(other.sql)]));
  const only = makes(sql).filter((name) => ![...made.values()].some((names) => names.includes(name)));
  return others.find((other) => other.tag !== tag && only.some((name) => uses(other.sql, name)))?.tag;
}
