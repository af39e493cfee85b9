/** Reading of the syntax trees that the Postgres parser gives. Pure. */

export type SyntaxNode = Readonly<Record<string, unknown>>;

export interface RangeVar {
  readonly schemaname?: string;
  readonly relname?: string;
}

export function tableOf({ schemaname, relname = '' }: RangeVar = {}): {
  readonly schema?: string;
  readonly table: string;
} {
  return schemaname === undefined ? { table: relname } : { schema: schemaname, table: relname };
}

/** A list of the syntax tree: `[{ RangeVar: {…} }, …]`. */
export function nodesOf(list: unknown, kind: string): SyntaxNode[] {
  return ((list ?? []) as Record<string, SyntaxNode | undefined>[]).flatMap(({ [kind]: node }) => (node ? [node] : []));
}

export function stringsOf(list: unknown): string[] {
  return nodesOf(list, 'String').map(({ sval }) => String(sval ?? ''));
}

/** The names of the columns that an expression mentions; undefined where it mentions whole rows. */
export function columnsIn(expression: unknown): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  const visit = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.every(visit);
    if (typeof value !== 'object' || value === null) return true;
    return Object.entries(value).every(([key, child]) => {
      if (key !== 'ColumnRef') return visit(child);
      const fields = (child as SyntaxNode).fields as unknown[];
      const name = stringsOf(fields.slice(-1))[0];
      if (name === undefined) return false;
      names.add(name);
      return true;
    });
  };
  return visit(expression) ? names : undefined;
}
