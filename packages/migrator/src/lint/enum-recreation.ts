import type { SyntaxStatement } from '../sql/split.js';
import type { RuleContext } from './context.js';
import { typeOf } from './model/schema.js';
import { alterCommands, nameOf, typeText } from './syntax.js';

/**
 * Whether a change of a column's type is half of drizzle-kit's way to remove a value of an enum: `leaving` the enum for text, or
 * `returning` to it.
 */
export function isEnumRecreation(
  statement: SyntaxStatement,
  column: string,
  { schema, earlier, later }: RuleContext,
): 'leaving' | 'returning' | undefined {
  const table = nameOf(statement.node.relation).key;
  const changes = (others: readonly SyntaxStatement[]) =>
    others
      .filter(({ node }) => nameOf(node.relation).key === table)
      .flatMap(alterCommands)
      .filter(({ subtype, name }) => subtype === 'AT_AlterColumnType' && name === column)
      .map(({ def }) => typeText(def?.ColumnDef?.typeName));
  const [own] = changes([statement]);
  const current = schema.tables.get(table)?.columns.get(column)?.type ?? '';
  if (own === 'text' && typeOf(schema, current)?.kind === 'enum' && changes(later()).length > 0) return 'leaving';
  if (changes(earlier()).includes('text') && own !== undefined && typeOf(schema, own)?.kind === 'enum')
    return 'returning';
  return undefined;
}
