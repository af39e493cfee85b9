import type { SyntaxStatement } from '../../sql/split.js';
import { addedEnumValue } from '../../sql/transactions.js';
import { defineRule } from '../rule.js';
import { nameOfParts } from '../syntax.js';

/** From here on a type of the same transaction has no such values. */
const KNOWS_NEW_TYPES = 17;

export const enumValueUsedInSameTx = defineRule({
  id: 'enum-value-used-in-same-tx',
  title: 'A new enum value is used in the transaction that adds it.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence:
    'It fails with 55P04, also in a DEFAULT. migrator commits in between by itself, unless the file writes BEGIN and COMMIT; drizzle-kit does not.',
  fix: 'COMMIT between the two, or use the value in a later migration and apply that on its own.',
  claims: { fails: '55P04' },
  postgres: { from: 12 },
  on: ['*'],
  check(statement, { earlierInTransaction, schema, migration, target }) {
    if (statement.kind === 'AlterEnumStmt' || statement.kind === 'CommentStmt') return [];
    const values = earlierInTransaction().flatMap((other) => {
      const added = addedEnumValue(other);
      if (!added) return [];
      const made = schema.types.get(nameOfParts(other.node.typeName).key)?.place.migration === migration.position;
      return made && target.major >= KNOWS_NEW_TYPES ? [] : [added.value];
    });
    const used = values.find((value) => mentions(statement, value));
    return used === undefined ? [] : [{ message: `'${used}' is used before it is committed.` }];
  },
});

function mentions({ text }: SyntaxStatement, value: string): boolean {
  return text.includes(`'${value.replaceAll("'", "''")}'`);
}
