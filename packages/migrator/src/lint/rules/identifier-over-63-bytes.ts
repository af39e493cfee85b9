import { scanTokens } from '../../sql/parse.js';
import { defineRule } from '../rule.js';

const LIMIT = 63;

export const identifierOver63Bytes = defineRule({
  id: 'identifier-over-63-bytes',
  title: 'Postgres cuts names after 63 bytes.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence:
    'It says so in a NOTICE only; two names that begin alike become one and fail, and drizzle-kit looks for the long one.',
  fix: 'Give it a shorter name: `.name(…)`, or the first argument of index, unique, foreignKey and check.',
  on: [
    'AlterEnumStmt',
    'AlterTableStmt',
    'CommentStmt',
    'CompositeTypeStmt',
    'CreateDomainStmt',
    'CreateEnumStmt',
    'CreateFunctionStmt',
    'CreatePolicyStmt',
    'CreateRangeStmt',
    'CreateSchemaStmt',
    'CreateSeqStmt',
    'CreateStmt',
    'CreateTableAsStmt',
    'CreateTrigStmt',
    'IndexStmt',
    'RenameStmt',
    'ViewStmt',
  ],
  check({ text }) {
    // Cheap, and seldom true.
    if (!/"[^"]{22}|[\w$]{64}/.test(text)) return [];
    const long = (scanTokens(text) ?? [])
      .filter(({ name }) => name === 'IDENT')
      .map(({ start, end }) => nameIn(text.slice(start, end)))
      .find((name) => Buffer.byteLength(name) > LIMIT);
    return long === undefined ? [] : [{ message: `\`${long}\` has ${Buffer.byteLength(long)} bytes.` }];
  },
});

function nameIn(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token;
}
