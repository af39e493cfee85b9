import { defineRule } from '../rule.js';
import { constraintOf, nameOf, tableElements } from '../syntax.js';

export const createTableFkLocksParent = defineRule({
  id: 'create-table-fk-locks-parent',
  title: 'CREATE TABLE … REFERENCES locks the referenced table against writes until its transaction ends.',
  severity: 'warning',
  preset: 'strict',
  category: 'lock',
  consequence: 'Whatever else the transaction does, writes to the referenced table wait for all of it.',
  fix: 'Keep the transaction small, or add the foreign key NOT VALID in a migration of its own.',
  claims: { locks: { users: 'ShareRowExclusiveLock' } },
  on: ['CreateStmt'],
  check({ node }, { isNew }) {
    const { columns, constraints } = tableElements(node);
    const keys = [
      ...constraints.filter(({ contype }) => contype === 'CONSTR_FOREIGN'),
      ...columns.flatMap((column) => constraintOf(column, 'CONSTR_FOREIGN') ?? []),
    ];
    const own = nameOf(node.relation).key;
    return keys.flatMap(({ pktable, location }) => {
      const parent = nameOf(pktable);
      if (parent.key === own || isNew(parent.key)) return [];
      return [
        { message: `Nobody writes to \`${parent.shown}\` until this transaction ends.`, table: parent.key, location },
      ];
    });
  },
});
