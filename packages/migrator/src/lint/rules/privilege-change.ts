import { defineRule } from '../rule.js';
import { alterCommands } from '../syntax.js';

export const privilegeChange = defineRule({
  id: 'privilege-change',
  title: 'Who may do what changes.',
  severity: 'info',
  preset: 'strict',
  category: 'practice',
  consequence: 'A right too few stops the application, one too many is noticed by nobody.',
  fix: 'Let somebody look at it who knows the roles.',
  on: ['GrantStmt', 'GrantRoleStmt', 'AlterDefaultPrivilegesStmt', 'AlterOwnerStmt', 'AlterTableStmt'],
  check(statement) {
    const { kind } = statement;
    if (kind === 'AlterTableStmt' && !alterCommands(statement).some(({ subtype }) => subtype === 'AT_ChangeOwner'))
      return [];
    return [{ message: /Owner|AlterTable/.test(kind) ? 'The owner changes.' : 'Rights are given or taken.' }];
  },
});
