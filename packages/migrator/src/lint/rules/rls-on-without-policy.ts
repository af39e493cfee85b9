import { defineRule } from '../rule.js';
import { alterCommands, nameOf } from '../syntax.js';

export const rlsOnWithoutPolicy = defineRule({
  id: 'rls-on-without-policy',
  title: 'Row level security is switched on, and there is no policy.',
  severity: 'error',
  preset: 'recommended',
  category: 'compatibility',
  consequence: 'Everybody but the owner sees no row at all, and can write none, without an error on reads.',
  fix: 'CREATE POLICY in the same transaction.',
  claims: { locks: { songs: 'AccessExclusiveLock' } },
  on: ['AlterTableStmt'],
  check(statement, { schema, isNew, later }) {
    const table = nameOf(statement.node.relation);
    if (isNew(table.key) || !alterCommands(statement).some(({ subtype }) => subtype === 'AT_EnableRowSecurity'))
      return [];
    const policies = schema.tables.get(table.key)?.policies.size ?? 0;
    const coming = later().some(
      (other) => other.kind === 'CreatePolicyStmt' && nameOf(other.node.table).key === table.key,
    );
    return policies > 0 || coming
      ? []
      : [{ message: `\`${table.shown}\` shows no rows from here on, except to its owner.`, table: table.key }];
  },
});
