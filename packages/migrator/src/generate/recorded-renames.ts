import { splitStatements } from '../sql/split.js';
import type { Rename } from './renames.js';

interface RangeVar {
  readonly schemaname?: string;
  readonly relname?: string;
}

/** The renames that a migration's SQL makes: snapshots do not tell them. Needs `loadParser`. */
export function recordedRenames(sql: string): Rename[] {
  const renames = splitStatements(sql).flatMap(({ kind, node }): Rename[] => {
    if (kind === 'AlterObjectSchemaStmt') return movedTo(node);
    // ALTER TYPE … RENAME VALUE
    if (kind === 'AlterEnumStmt' && node.oldVal) {
      const [name = '', home = 'public'] = wordsIn(node.typeName).reverse();
      return [{ kind: 'enum-value', within: `${home}.${name}`, from: String(node.oldVal), to: String(node.newVal) }];
    }
    return kind === 'RenameStmt' ? renamed(node) : [];
  });
  return RANKS.flatMap((kinds) => renames.filter(({ kind }) => kinds.includes(kind)));
}

const RANKS: readonly (readonly Rename['kind'][])[] = [
  ['schema', 'role'],
  ['enum', 'table', 'sequence', 'view'],
  ['column', 'enum-value', 'policy'],
];

function keyOf({ schemaname = 'public', relname = '' }: RangeVar): string {
  return `${schemaname}.${relname}`;
}

function renamed(node: Readonly<Record<string, unknown>>): Rename[] {
  const relation = (node.relation ?? {}) as RangeVar;
  const [from, to] = [String(node.subname ?? ''), String(node.newname ?? '')];
  const schema = relation.schemaname ?? 'public';
  const whole = (kind: Rename['kind']): Rename[] => [
    { kind, within: '', from: keyOf(relation), to: `${schema}.${to}` },
  ];
  switch (node.renameType) {
    case 'OBJECT_SCHEMA':
      return [{ kind: 'schema', within: '', from, to }];
    case 'OBJECT_ROLE':
      return [{ kind: 'role', within: '', from, to }];
    case 'OBJECT_TABLE':
      return whole('table');
    case 'OBJECT_SEQUENCE':
      return whole('sequence');
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
      return whole('view');
    case 'OBJECT_TYPE': {
      const [name = '', home = 'public'] = wordsOf(node.object).reverse();
      return [{ kind: 'enum', within: '', from: `${home}.${name}`, to: `${home}.${to}` }];
    }
    case 'OBJECT_COLUMN':
      return [{ kind: 'column', within: keyOf(relation), from, to }];
    case 'OBJECT_POLICY':
      return [{ kind: 'policy', within: keyOf(relation), from, to }];
    default:
      return [];
  }
}

function movedTo(node: Readonly<Record<string, unknown>>): Rename[] {
  const relation = (node.relation ?? {}) as RangeVar;
  const to = `${String(node.newschema)}.${relation.relname ?? ''}`;
  const kinds: Readonly<Record<string, Rename['kind']>> = {
    OBJECT_TABLE: 'table',
    OBJECT_SEQUENCE: 'sequence',
    OBJECT_VIEW: 'view',
    OBJECT_MATVIEW: 'view',
  };
  const kind = kinds[String(node.objectType)];
  return kind ? [{ kind, within: '', from: keyOf(relation), to }] : [];
}

function wordsOf(object: unknown): string[] {
  return wordsIn((object as { List?: { items?: unknown } } | undefined)?.List?.items);
}

function wordsIn(items: unknown): string[] {
  return ((items ?? []) as readonly { String?: { sval?: string } }[]).flatMap(({ String: word }) => word?.sval ?? []);
}
