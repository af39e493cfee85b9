import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { splitStatements } from '../sql/split.js';
import { type RangeVar, type SyntaxNode, stringsOf } from '../sql/syntax.js';

/**
 * The statements that undo the renames of a migration, in an order that works: what only has another name must not be dropped
 * and made anew. Needs `loadParser`.
 */
export function renamesBack(sql: string): string[] {
  return splitStatements(sql)
    .flatMap(({ kind, node }) => {
      if (kind === 'RenameStmt') return renamedBack(node) ?? [];
      if (kind === 'AlterObjectSchemaStmt') return movedBack(node) ?? [];
      if (kind === 'AlterEnumStmt' && node.oldVal) {
        const [was, is] = [node.oldVal, node.newVal].map((value) => quoteLiteral(String(value)).trim());
        return `ALTER TYPE ${quoted(stringsOf(node.typeName))} RENAME VALUE ${is} TO ${was}`;
      }
      return [];
    })
    .reverse();
}

const RELATIONS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'TABLE',
  OBJECT_FOREIGN_TABLE: 'FOREIGN TABLE',
  OBJECT_VIEW: 'VIEW',
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_SEQUENCE: 'SEQUENCE',
  OBJECT_INDEX: 'INDEX',
};

const PARTS: Readonly<Record<string, string>> = {
  OBJECT_POLICY: 'POLICY',
  OBJECT_TRIGGER: 'TRIGGER',
  OBJECT_RULE: 'RULE',
};

function renamedBack(node: SyntaxNode): string | undefined {
  const kind = String(node.renameType);
  const [was, is] = [quoteIdent(String(node.subname ?? '')), quoteIdent(String(node.newname ?? ''))];
  const relation = node.relation as RangeVar | undefined;
  const word = RELATIONS[kind];
  if (word && relation) {
    const { schemaname, relname = '' } = relation;
    const now = quoted([...(schemaname ? [schemaname] : []), String(node.newname)]);
    return `ALTER ${word} ${now} RENAME TO ${quoteIdent(relname)}`;
  }
  const table = relation ? quoted([...(relation.schemaname ? [relation.schemaname] : []), relation.relname ?? '']) : '';
  const part = PARTS[kind];
  if (part) return `ALTER ${part} ${is} ON ${table} RENAME TO ${was}`;
  switch (kind) {
    case 'OBJECT_COLUMN':
      return `ALTER TABLE ${table} RENAME COLUMN ${is} TO ${was}`;
    case 'OBJECT_TABCONSTRAINT':
      return `ALTER TABLE ${table} RENAME CONSTRAINT ${is} TO ${was}`;
    case 'OBJECT_ATTRIBUTE':
      return `ALTER TYPE ${table} RENAME ATTRIBUTE ${is} TO ${was}`;
    case 'OBJECT_SCHEMA':
      return `ALTER SCHEMA ${is} RENAME TO ${was}`;
    case 'OBJECT_ROLE':
      return `ALTER ROLE ${is} RENAME TO ${was}`;
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN': {
      const names = stringsOf((node.object as { List?: { items?: unknown } } | undefined)?.List?.items);
      const now = quoted([...names.slice(0, -1), String(node.newname)]);
      return `ALTER ${kind === 'OBJECT_TYPE' ? 'TYPE' : 'DOMAIN'} ${now} RENAME TO ${quoteIdent(names.at(-1) ?? '')}`;
    }
    default:
      return undefined;
  }
}

/** Where it was is told only if the migration says it, or by the usual search path. */
function movedBack(node: SyntaxNode): string | undefined {
  const word = RELATIONS[String(node.objectType)];
  const relation = node.relation as RangeVar | undefined;
  if (!word || !relation) return undefined;
  const now = quoted([String(node.newschema), relation.relname ?? '']);
  return `ALTER ${word} ${now} SET SCHEMA ${quoteIdent(relation.schemaname ?? 'public')}`;
}

function quoted(parts: readonly string[]): string {
  return parts.map(quoteIdent).join('.');
}
