import type { SyntaxStatement } from '../sql/split.js';
import type { Node } from './syntax.js';

/** What a SET gives to a setting; 0 where it takes a value back. Undefined where the statement sets something else. */
export function settingOf(
  { kind, node }: SyntaxStatement,
  name: string,
): { readonly text: string; readonly milliseconds: number; readonly isLocal: boolean } | undefined {
  if (kind !== 'VariableSetStmt' || String(node.name).toLowerCase() !== name) return undefined;
  const { A_Const: value } = (((node.args ?? []) as readonly Node[])[0] ?? {}) as {
    A_Const?: { ival?: { ival?: number }; sval?: { sval?: string } };
  };
  const text = value?.sval?.sval ?? String(value?.ival?.ival ?? 0);
  return { text, milliseconds: milliseconds(text), isLocal: node.is_local === true };
}

/** Postgres reads a bare number as milliseconds. */
function milliseconds(text: string): number {
  const [, amount = '0', unit = 'ms'] = /^\s*([\d.]+)\s*(ms|s|min|h|d)?\s*$/.exec(text) ?? [];
  const factor: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
  return Number(amount) * (factor[unit] ?? 1);
}
