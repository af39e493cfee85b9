import { beforeAll, expect, test } from 'vitest';
import type { Finding, Migration } from '../core/types.js';
import type { LintFinding } from '../lint/index.js';
import { loadParser } from '../sql/parse.js';
import { withoutTold } from './rehearse.js';

beforeAll(loadParser);

const at = { file: 'drizzle/0001_index.sql', line: 2, column: 1 };
const measured: Finding = {
  code: 'rehearsal-blocks',
  severity: 'warning',
  tag: '0001_index',
  at,
  message: '',
  fix: '',
};
const told = { ...measured, code: 'index-blocks-writes', at, table: 'public.songs' } as LintFinding;

function left(sql: string, lint: readonly LintFinding[] = []): number {
  const migration = { tag: '0001_index', file: { sql, hash: '' } } as Migration;
  return withoutTold([measured], lint, [migration]).length;
}

const index = 'create index on songs (title);';

test.each([
  ['nobody has told it', `select 1;\n${index}`, [], 1],
  ['the lint has told the same statement', `select 1;\n${index}`, [told], 0],
  ['the lint has told another', `select 1;\n${index}`, [{ ...told, at: { ...at, line: 1 } }], 1],
  [
    'the lint was told to be silent there',
    `select 1;\n${index} -- migrator: allow index-blocks-writes at night`,
    [],
    0,
  ],
  ['the lint was told to be silent in the file', `-- migrator: allow index-blocks-writes at night\n${index}`, [], 0],
  ['the lint was told to be silent about something else', `-- migrator: allow naming so what\n${index}`, [], 1],
])('%s', (_, sql, lint, count) => {
  expect(left(sql, lint)).toBe(count);
});
