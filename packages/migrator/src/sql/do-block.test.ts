import { beforeAll, expect, test } from 'vitest';
import { readDoBlock } from './do-block.js';
import { loadParser } from './parse.js';
import { splitStatements } from './split.js';

beforeAll(loadParser);

function read(sql: string) {
  const [statement] = splitStatements(sql).slice(-1);
  if (!statement) throw new Error('no statement');
  const { statements, isWhole } = readDoBlock(sql, statement);
  return { isWhole, found: statements.map(({ kind, line, text }) => `${line} ${kind}: ${text}`) };
}

test.each([
  [
    'as drizzle-kit once wrote it',
    'SELECT 1;\n--> statement-breakpoint\nDO $$ BEGIN\n CREATE TYPE "mood" AS ENUM(\'ok\');\nEXCEPTION\n WHEN duplicate_object THEN null;\nEND $$;',
    true,
    ['4 CreateEnumStmt: CREATE TYPE "mood" AS ENUM(\'ok\')'],
  ],
  [
    'behind a condition',
    `DO $do$\nDECLARE n int := 1;\nBEGIN -- ; a comment\n  IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'a;b') THEN\n    ALTER TABLE a ADD b int;\n  ELSE\n    DROP TABLE c;\n  END IF;\nEND;\n$do$`,
    true,
    ['5 AlterTableStmt: ALTER TABLE a ADD b int', '7 DropStmt: DROP TABLE c'],
  ],
  [
    'a handler of a block within is none of what comes behind it',
    'DO $$ BEGIN\nBEGIN DROP TABLE a; EXCEPTION WHEN others THEN DROP TABLE b; END;\nDROP TABLE c;\nEND $$',
    true,
    ['2 DropStmt: DROP TABLE a', '3 DropStmt: DROP TABLE c'],
  ],
  [
    'what is put together',
    `DO $$ BEGIN FOR r IN SELECT 1 LOOP EXECUTE 'DROP TABLE a'; END LOOP; UPDATE a SET b = 1; DROP TABLE c; END $$`,
    false,
    ['1 DropStmt: DROP TABLE c'],
  ],
  ['another language', `DO LANGUAGE plpython3u $$ plpy.execute('DROP TABLE a') $$`, false, []],
  ['a quoted body', `DO 'BEGIN DROP TABLE a; END'`, true, ['1 DropStmt: DROP TABLE a']],
  ['a body with quotes in it', `DO 'BEGIN CREATE TYPE a AS ENUM (''b''); END'`, false, []],
])('%s', (_, sql, isWhole, found) => {
  expect(read(sql)).toEqual({ isWhole, found });
});
