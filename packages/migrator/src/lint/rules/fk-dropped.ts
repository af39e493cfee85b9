import { defineRule } from '../rule.js';
import { addedConstraints, alterCommands, nameOf, strings } from '../syntax.js';

export const fkDropped = defineRule({
  id: 'fk-dropped',
  title: 'A foreign key is dropped, and none takes its place.',
  severity: 'warning',
  preset: 'recommended',
  category: 'loss',
  consequence: 'Nothing holds the rows to those that they refer to from here on.',
  fix: 'If that is meant, say why: `-- migrator: allow fk-dropped <reason>`, or make it a contract migration.',
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew, migration, later }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || migration.isContract) return [];
    return alterCommands(statement).flatMap(({ subtype, name = '' }) => {
      const key = schema.tables.get(table.key)?.constraints.get(name);
      if (subtype !== 'AT_DropConstraint' || key?.kind !== 'foreign-key') return [];
      const again = [statement, ...later()].some(
        (other) =>
          nameOf(other.node.relation).key === table.key &&
          addedConstraints(other).some(
            ({ contype, fk_attrs }) =>
              contype === 'CONSTR_FOREIGN' && strings(fk_attrs).some((column) => key.columns.includes(column)),
          ),
      );
      // The rule about what is dropped tells that.
      const gone = [statement, ...later()].some(
        (other) =>
          (other.kind === 'DropStmt' && JSON.stringify(other.node.objects).includes(`"${table.name}"`)) ||
          (nameOf(other.node.relation).key === table.key &&
            alterCommands(other).some(
              (also) => also.subtype === 'AT_DropColumn' && key.columns.includes(also.name ?? ''),
            )),
      );
      return again || gone ? [] : [{ message: `\`${table.shown}\` loses its foreign key \`${name}\`.` }];
    });
  },
});
