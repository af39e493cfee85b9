import type { RuleContext } from '../context.js';
import { columnsOfType, referencesTo, viewsReading } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { alterCommands, droppedNames, nameOf, type QualifiedName } from '../syntax.js';

export const cascade = defineRule({
  id: 'cascade',
  title: 'DROP … CASCADE takes along what hangs on it: views, foreign keys, columns.',
  severity: 'warning',
  preset: 'recommended',
  category: 'loss',
  consequence: 'Postgres says what went in a NOTICE, which nobody reads. drizzle-kit writes CASCADE of its own accord.',
  fix: 'Drop the dependents by name first, and leave out CASCADE: it then fails if one was forgotten.',
  on: ['DropStmt', 'AlterTableStmt'],
  check(statement, context) {
    const { node } = statement;
    if (statement.kind === 'DropStmt') {
      if (node.behavior !== 'DROP_CASCADE' || node.removeType === 'OBJECT_SCHEMA') return [];
      return droppedNames(node).flatMap((name) => told(name.shown, dependents(name, String(node.removeType), context)));
    }
    const table = nameOf(node.relation);
    return alterCommands(statement).flatMap(({ subtype, name = '', behavior }) => {
      if (behavior !== 'DROP_CASCADE') return [];
      if (subtype === 'AT_DropColumn')
        return told(`${table.shown}.${name}`, viewsReading(context.schema, table.key, name).map(viewText));
      const key = context.schema.tables.get(table.key)?.constraints.get(name);
      if (subtype !== 'AT_DropConstraint' || (key?.kind !== 'primary-key' && key?.kind !== 'unique')) return [];
      return told(
        name,
        referencesTo(context.schema, table.key).map(({ constraint }) => `the foreign key \`${constraint.name}\``),
      );
    });
  },
});

const viewText = (name: string) => `the view \`${name}\``;

function dependents(name: QualifiedName, kind: string, { schema, isNew }: RuleContext): string[] {
  if (kind === 'OBJECT_TYPE' || kind === 'OBJECT_DOMAIN')
    return columnsOfType(schema, name.key).map(
      ({ table, column }) => `the column \`${table.replace(/^public\./, '')}.${column.name}\``,
    );
  const keys = referencesTo(schema, name.key).filter(
    ({ table }) => `${table.schema}.${table.name}` !== name.key && !isNew(`${table.schema}.${table.name}`),
  );
  return [
    ...viewsReading(schema, name.key).map(viewText),
    ...keys.map(({ constraint }) => `the foreign key \`${constraint.name}\``),
  ];
}

function told(what: string, gone: readonly string[]): { message: string }[] {
  if (gone.length === 0) return [];
  const more = gone.length > 3 ? ` and ${gone.length - 3} more` : '';
  return [{ message: `With \`${what}\` ${gone.length === 1 ? 'goes' : 'go'} ${gone.slice(0, 3).join(', ')}${more}.` }];
}
