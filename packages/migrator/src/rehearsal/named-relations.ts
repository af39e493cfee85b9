import { quoteIdent } from '../sql/quote.js';
import type { SyntaxStatement } from '../sql/split.js';

/** Relations that a statement names, as SQL that `to_regclass` takes: where it is not qualified, the search path decides. */
export function namedRelations({ node, kind }: SyntaxStatement): readonly string[] {
  const names = new Set<string>();
  collect(node, names);
  if (kind === 'DropStmt') {
    for (const object of (node.objects ?? []) as readonly Named[]) {
      const parts = (object.List?.items ?? []).flatMap(({ String: part }) => part?.sval ?? []);
      if (parts.length > 0) names.add(parts.map(quoteIdent).join('.'));
    }
  }
  return [...names];
}

interface Named {
  readonly List?: { readonly items?: readonly { readonly String?: { readonly sval?: string } }[] };
}

function collect(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const { relname, schemaname } = value as { readonly relname?: unknown; readonly schemaname?: unknown };
  if (typeof relname === 'string') {
    names.add([...(typeof schemaname === 'string' ? [schemaname] : []), relname].map(quoteIdent).join('.'));
  }
  for (const part of Object.values(value)) collect(part, names);
}
