import type { SyntaxStatement } from '../sql/split.js';
import type { RuleContext } from './context.js';
import type { Match } from './rule.js';
import { alterCommands, baseType, type ColumnDef, definedColumns, nameOf, typeText } from './syntax.js';

/** A match for each column that a statement gives a type that a rule dislikes. */
export function columnsOf(
  statement: SyntaxStatement,
  dislikes: (type: string, column: ColumnDef) => boolean,
  message: (column: string, type: string) => string,
): Match[] {
  const table = nameOf(statement.node.relation);
  const changed = alterCommands(statement).flatMap(({ subtype, name, def }) =>
    subtype === 'AT_AlterColumnType' && def?.ColumnDef ? [{ ...def.ColumnDef, colname: name ?? '' }] : [],
  );
  return [...definedColumns(statement), ...changed].flatMap((column) => {
    const type = typeText(column.typeName);
    if (!dislikes(type, column)) return [];
    return [{ message: message(`${table.shown}.${column.colname}`, type), location: column.typeName?.location }];
  });
}

/** The type's name without length, precision and array. */
export const named = (type: string): string => baseType(type);

/** Whether a statement takes ACCESS EXCLUSIVE on a table that was there before, and on which. */
export function lockedTable(statement: SyntaxStatement, { isNew }: RuleContext): string | undefined {
  const { kind, node } = statement;
  const strong =
    (kind === 'AlterTableStmt' && alterCommands(statement).some(({ subtype }) => !WEAKER.has(subtype))) ||
    (kind === 'RenameStmt' && /^OBJECT_(?:TABLE|COLUMN)$/.test(String(node.renameType)));
  if (!strong) return undefined;
  const { key } = nameOf(node.relation);
  if (isNew(key)) return undefined;
  // A foreign key takes SHARE ROW EXCLUSIVE.
  const keysOnly = alterCommands(statement).every(({ def }) => def?.Constraint?.contype === 'CONSTR_FOREIGN');
  return kind === 'AlterTableStmt' && keysOnly ? undefined : key;
}

const WEAKER = new Set([
  'AT_ValidateConstraint',
  'AT_SetStatistics',
  'AT_ClusterOn',
  'AT_DropCluster',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_SetOptions',
  'AT_ResetOptions',
  'AT_AttachPartition',
  'AT_EnableTrig',
  'AT_DisableTrig',
  'AT_EnableTrigAll',
  'AT_DisableTrigAll',
  'AT_EnableTrigUser',
  'AT_DisableTrigUser',
]);
