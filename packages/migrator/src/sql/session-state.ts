import type { SyntaxStatement } from './split.js';

/**
 * What a statement leaves in its session when its transaction is over: a `setting`, which can be made again, or an `object`
 * (a temporary table, a prepared statement, an advisory lock), which cannot.
 */
export type SessionEffect = 'setting' | 'object';

export function sessionEffect({ kind, node, text }: SyntaxStatement): SessionEffect | undefined {
  switch (kind) {
    case 'VariableSetStmt':
      return node.is_local || node.name === 'TRANSACTION' ? undefined : 'setting';
    case 'DiscardStmt':
      return 'setting';
    case 'SelectStmt':
      if (isTemporary(node) || /\bpg_(?:try_)?advisory_lock/i.test(text)) return 'object';
      return /^select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\(/i.test(text) && !/,\s*true\s*\)/i.test(text)
        ? 'setting'
        : undefined;
    case 'CreateStmt':
    case 'CreateSeqStmt':
    case 'ViewStmt':
    case 'CreateTableAsStmt':
      return isTemporary(node) ? 'object' : undefined;
    case 'PrepareStmt':
    case 'ListenStmt':
    case 'LoadStmt':
      return 'object';
    default:
      return undefined;
  }
}

interface Relation {
  readonly relpersistence?: string;
}

function isTemporary({ relation, sequence, view, into, intoClause }: Readonly<Record<string, unknown>>): boolean {
  const made = (relation ?? sequence ?? view ?? ((into ?? intoClause) as { rel?: Relation } | undefined)?.rel) as
    | Relation
    | undefined;
  return made?.relpersistence === 't';
}
