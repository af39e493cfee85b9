import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from './parse.js';
import { splitStatements } from './split.js';
import { segmentStatements } from './transactions.js';

beforeAll(loadParser);

/** `[1 2] 3 [4]`: in brackets what is one transaction, bare what runs outside of any. */
function shown(sql: string, options: Parameters<typeof segmentStatements>[1] = {}): string {
  const { segments } = segmentStatements(splitStatements(sql), options);
  return segments
    .map(({ mode, from, to }) => {
      const numbers = Array.from({ length: to - from }, (_, n) => from + n + 1).join(' ');
      return mode === 'transaction' ? `[${numbers}]` : numbers;
    })
    .join(' ');
}

const reasons = (sql: string, options: Parameters<typeof segmentStatements>[1] = {}) =>
  segmentStatements(splitStatements(sql), options).segments.map(({ reason }) => reason ?? '');

describe('a file is cut into transactions', () => {
  test.each`
    name                                                  | sql                                                                                                                 | segments
    ${'nothing'}                                          | ${''}                                                                                                               | ${'[]'}
    ${'plain statements: one'}                            | ${'select 1; select 2; select 3'}                                                                                   | ${'[1 2 3]'}
    ${'CONCURRENTLY alone'}                               | ${'create index concurrently i on t (a)'}                                                                           | ${'1'}
    ${'CONCURRENTLY between others'}                      | ${'select 1; create index concurrently i on t (a); select 3; select 4'}                                             | ${'[1] 2 [3] [4]'}
    ${'VACUUM'}                                           | ${'select 1; vacuum t'}                                                                                             | ${'[1] 2'}
    ${'ANALYZE may run in one'}                           | ${'select 1; analyze t'}                                                                                            | ${'[1 2]'}
    ${'an enum value that is added and not used'}         | ${`alter type m add value 'x'; select 2`}                                                                           | ${'[1 2]'}
    ${'an enum value that is added and used'}             | ${`alter type m add value 'x'; select 2; insert into t values ('x')`}                                               | ${'[1 2] [3]'}
    ${'an enum value used as a default'}                  | ${`alter type m add value 'x'; alter table t alter a set default 'x'`}                                              | ${'[1] [2]'}
    ${'an enum value used in a cast and in a comparison'} | ${`alter type m add value 'x'; update t set a = 'y' where b = 'x'::m`}                                              | ${'[1] [2]'}
    ${'an enum value used in a DO block'}                 | ${`alter type m add value 'x'; do $$ begin insert into t values ('x'); end $$`}                                     | ${'[1] [2]'}
    ${'an enum value with a quote'}                       | ${`alter type m add value 'it''s'; insert into t values ('it''s')`}                                                 | ${'[1] [2]'}
    ${'two enum values and both used: one cut'}           | ${`alter type m add value 'x'; alter type m add value 'y'; insert into t values ('x'), ('y')`}                      | ${'[1 2] [3]'}
    ${'values added and used by turns'}                   | ${`alter type m add value 'x'; insert into t values ('x'); alter type m add value 'y'; insert into t values ('y')`} | ${'[1] [2 3] [4]'}
    ${'the next value placed AFTER a new one: no use'}    | ${`alter type m add value 'x'; alter type m add value 'y' after 'x'`}                                               | ${'[1 2]'}
    ${'a value of a type made before a cut'}              | ${`create type m as enum ('a'); alter type o add value 'z'; select 'z'; alter type m add value 'b'; select 'b'`}    | ${'[1 2] [3 4] [5]'}
    ${'a type of the same name in another schema'}        | ${`create type s.m as enum ('a'); alter type public.m add value 'x'; insert into t values ('x')`}                   | ${'[1 2] [3]'}
    ${'a value of a type made in the same file'}          | ${`create type m as enum ('a'); alter type m add value 'x'; insert into t values ('x')`}                            | ${'[1 2 3]'}
    ${'a renamed value may be used at once'}              | ${`alter type m rename value 'a' to 'x'; insert into t values ('x')`}                                               | ${'[1 2]'}
    ${'a DO block with ON COMMIT DROP stays in one'}      | ${`select 1; do $$ begin create temp table x () on commit drop; end $$; select 3`}                                  | ${'[1 2 3]'}
    ${'temporary tables ON COMMIT DROP stay in one'}      | ${'create temp table x () on commit drop; insert into x default values; select 3'}                                  | ${'[1 2 3]'}
    ${'COMMIT first, to leave drizzle’s transaction'}     | ${'commit; create index concurrently i on t (a); begin; select 4'}                                                  | ${'[1] 2 [3 4]'}
    ${'COMMIT in the middle'}                             | ${'select 1; commit; select 3'}                                                                                     | ${'[1 2] [3]'}
    ${'COMMIT last'}                                      | ${'select 1; commit'}                                                                                               | ${'[1 2]'}
    ${'BEGIN and COMMIT around all'}                      | ${'begin; select 2; commit'}                                                                                        | ${'[1 2 3]'}
    ${'statements around BEGIN and COMMIT'}               | ${'select 1; begin; select 3; commit; vacuum'}                                                                      | ${'[1] [2 3 4] 5'}
    ${'BEGIN twice'}                                      | ${'begin; select 2; commit; begin; select 5; commit'}                                                               | ${'[1 2 3] [4 5 6]'}
    ${'START TRANSACTION, END'}                           | ${'start transaction; select 2; end'}                                                                               | ${'[1 2 3]'}
    ${'ROLLBACK ends one too'}                            | ${'begin; select 2; rollback; select 4'}                                                                            | ${'[1 2 3] [4]'}
    ${'savepoints end nothing'}                           | ${'select 1; savepoint s; select 3; rollback to s; release s'}                                                      | ${'[1 2 3 4 5]'}
    ${'what the parser cannot read'}                      | ${'select 1;\n--> statement-breakpoint\nselct 2'}                                                                   | ${'[1 2]'}
    ${'what it cannot read, with the word CONCURRENTLY'}  | ${'select 1;\n--> statement-breakpoint\nrebuild concurrently x'}                                                    | ${'[1] 2'}
  `('$name', ({ sql, segments }) => {
    expect(shown(sql)).toBe(segments);
  });

  test('the directive cuts after every statement; code that may commit stands alone', () => {
    const sql = 'select 1; call p(); do $$ begin perform 1; end $$; vacuum';
    expect(shown(sql)).toBe('[1] [2] [3] 4');
    expect(shown(sql, { noTransaction: true })).toBe('[1] 2 3 4');
  });

  test('before PostgreSQL 12 an enum value cannot be added in a transaction', () => {
    const sql = `alter type m add value 'x'; select 2`;
    expect(shown(sql, { serverVersion: 11 })).toBe('1 [2]');
    expect(shown(sql, { serverVersion: 12 })).toBe('[1 2]');
  });

  test('every statement is in exactly one segment, in order', () => {
    const sql = `select 1; vacuum; alter type m add value 'x'; insert into t values ('x'); begin; select 6; commit; select 8`;
    for (const text of [sql, sql.replace('begin; ', '').replace('commit; ', ''), sql.replace('vacuum; ', '')]) {
      const { segments } = segmentStatements(splitStatements(text));
      const covered = segments.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, n) => from + n));
      expect(covered).toEqual(splitStatements(text).map(({ index }) => index));
    }
  });

  test('each cut says why', () => {
    expect(reasons('select 1; vacuum')).toEqual(['', 'VACUUM cannot run in a transaction']);
    expect(reasons(`alter type m add value 'x'; insert into t values ('x')`)).toEqual([
      '',
      "the new enum value 'x' must be committed before it is used",
    ]);
    expect(reasons('select 1', { noTransaction: true })).toEqual(['the directive `no-transaction`']);
    expect(reasons('select 1; commit; select 3')).toEqual([
      'the file ends its transaction here',
      'the file has left its transaction',
    ]);
  });
});
