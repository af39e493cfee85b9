/** What the comments at the top of a migration file ask for: `-- migrator: no-transaction`, `-- migrator: phase=contract`. */
export interface Directives {
  readonly noTransaction: boolean;
}

const DIRECTIVE = /^\s*--\s*migrator:\s*(.+?)\s*$/;

/** Reads the directives of the comment lines before the first statement. */
export function readDirectives(sql: string): Directives {
  const words: string[] = [];
  for (const line of sql.split('\n')) {
    const directive = DIRECTIVE.exec(line)?.[1];
    if (directive) words.push(directive);
    else if (!/^\s*(?:--.*)?$/.test(line.replace(/^\uFEFF/, ''))) break;
  }
  return { noTransaction: words.includes('no-transaction') };
}
