import { scanTokens } from '../sql/parse.js';

/** The identifiers of a piece of SQL, unquoted; undefined where it cannot be read, which counts as "any". Needs `loadParser`. */
export function wordsOf(sql: string): ReadonlySet<string> | undefined {
  const known = cache.get(sql);
  if (known || cache.has(sql)) return known;
  const words = readWords(sql);
  cache.set(sql, words);
  return words;
}

const cache = new Map<string, ReadonlySet<string> | undefined>();

function readWords(sql: string): ReadonlySet<string> | undefined {
  const tokens = scanTokens(sql);
  return tokens && new Set(tokens.flatMap(({ start, end }) => wordIn(sql.slice(start, end)) ?? []));
}

/** The name that a token stands for; `*` for itself. */
function wordIn(token: string): string | undefined {
  if (token === '*') return token;
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll('""', '"');
  return /^[a-z_\u0080-\uffff]/i.test(token) ? token.toLowerCase() : undefined;
}

/** The SQL with identifiers replaced; strings and comments stay. Text that cannot be read stays as it is. */
export function replaceWords(sql: string, replacements: ReadonlyMap<string, string>): string {
  const tokens = scanTokens(sql);
  if (!tokens) return sql;
  let result = '';
  let at = 0;
  for (const { start, end } of tokens) {
    const token = sql.slice(start, end);
    const replacement = replacements.get(wordIn(token) ?? '');
    if (replacement === undefined) continue;
    result += sql.slice(at, start) + (token.startsWith('"') ? `"${replacement.replaceAll('"', '""')}"` : replacement);
    at = end;
  }
  return result + sql.slice(at);
}
