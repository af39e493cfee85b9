import { scanTokens } from '../sql/parse.js';
import { splitStatements } from '../sql/split.js';

/** A file of one of the branches. */
export interface BranchFile {
  readonly tag: string;
  /** As people know it. */
  readonly path: string;
  readonly sql: string;
}

/** One statement, with its place: `drizzle/0005_plays.sql:3`. */
export interface PlacedStatement {
  readonly tag: string;
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** Needs `loadParser`. */
export function statementsOf(files: readonly BranchFile[]): PlacedStatement[] {
  return files.flatMap(({ tag, path, sql }) =>
    splitStatements(sql).map(({ line, text }) => ({ tag, path, line, text })),
  );
}

/** The first statement that holds most of the words, the last of them above all; undefined where none holds that. */
export function statementAbout(
  statements: readonly PlacedStatement[],
  words: readonly string[],
): PlacedStatement | undefined {
  const last = words.at(-1);
  const score = ({ text }: PlacedStatement) => {
    const names = namesIn(text);
    return last !== undefined && names.has(last) ? words.filter((word) => names.has(word)).length : 0;
  };
  return best(statements, score);
}

/** The statement that has most names in common with another one; undefined where none has any. */
export function statementNear(statements: readonly PlacedStatement[], text: string): PlacedStatement | undefined {
  const wanted = namesIn(text);
  return best(statements, (statement) => [...namesIn(statement.text)].filter((name) => wanted.has(name)).length);
}

function best(
  statements: readonly PlacedStatement[],
  score: (statement: PlacedStatement) => number,
): PlacedStatement | undefined {
  let found: { readonly statement: PlacedStatement; readonly score: number } | undefined;
  for (const statement of statements) {
    const points = score(statement);
    if (points > (found?.score ?? 0)) found = { statement, score: points };
  }
  return found?.statement;
}

/** Names of objects, also those in strings, such as the values of enums; keywords are none. */
function namesIn(sql: string): ReadonlySet<string> {
  const tokens = scanTokens(sql) ?? [];
  return new Set(
    tokens.flatMap(({ start, end, name }) => {
      const text = sql.slice(start, end);
      if (text.startsWith('"')) return [text.slice(1, -1).replaceAll('""', '"')];
      if (text.startsWith("'")) return [text.slice(1, -1)];
      return name === 'IDENT' || /_P$/.test(name) ? [text.toLowerCase()] : [];
    }),
  );
}
