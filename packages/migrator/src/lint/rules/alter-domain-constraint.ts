import { quoteIdent } from '../../sql/quote.js';
import { columnsOfType } from '../model/schema.js';
import { append } from '../rewrite.js';
import { defineRule } from '../rule.js';
import { nameOfParts } from '../syntax.js';

export const alterDomainConstraint = defineRule({
  id: 'alter-domain-constraint',
  title:
    'ALTER DOMAIN … ADD CHECK or SET NOT NULL reads every table that uses the domain, and nobody may write to them.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'All those tables are locked until the last one is read.',
  fix: 'ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own.',
  claims: { locks: { songs: 'ShareLock' }, scans: ['songs'] },
  fixable: true,
  on: ['AlterDomainStmt'],
  check(statement, { schema, isNew }) {
    const { subtype, typeName, def } = statement.node;
    const { Constraint: check } = (def ?? {}) as { Constraint?: { conname?: string; skip_validation?: boolean } };
    const isRequired = subtype === 'O';
    if ((subtype !== 'C' && !isRequired) || check?.skip_validation) return [];
    const domain = nameOfParts(typeName);
    const users = columnsOfType(schema, domain.key).filter(({ table }) => !isNew(table));
    const [first] = users;
    if (!first) return [];
    const name =
      domain.schema === 'public' ? quoteIdent(domain.name) : `${quoteIdent(domain.schema)}.${quoteIdent(domain.name)}`;
    const names = [...new Set(users.map(({ table }) => `\`${table.replace(/^public\./, '')}\``))];
    return [
      {
        message: `${names.join(', ')} ${names.length === 1 ? 'uses' : 'use'} the domain \`${domain.shown}\`, and nobody writes to ${names.length === 1 ? 'it' : 'them'} meanwhile.`,
        table: first.table,
        ...(isRequired && {
          fix: 'ADD CHECK (VALUE IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own.',
        }),
        rewrite: check?.conname
          ? append(statement, ' NOT VALID', [`ALTER DOMAIN ${name} VALIDATE CONSTRAINT ${quoteIdent(check.conname)}`])
          : undefined,
      },
    ];
  },
});
