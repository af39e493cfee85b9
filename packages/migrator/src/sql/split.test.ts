import { beforeAll, describe, expect, test } from 'vitest';
import { readDirectives } from './directives.js';
import { loadParser } from './parse.js';
import { splitStatements } from './split.js';

beforeAll(loadParser);

const MARK = '--> statement-breakpoint';
const textsOf = (sql: string) => splitStatements(sql).map(({ text }) => text);

describe('a file is split into statements', () => {
  test.each<[string, string, string[]]>([
    ['an empty file', '', []],
    ['white space only', ' \n\t\r\n', []],
    ['comments only', '-- nothing\n/* here */', []],
    ['semicolons only', ';;\n;', []],
    ['one statement', 'select 1;', ['select 1']],
    ['one without a semicolon', 'select 1', ['select 1']],
    ['two on one line', 'select 1; select 2;', ['select 1', 'select 2']],
    ['drizzle’s usual file', `select 1;\n${MARK}\nselect 2;`, ['select 1', 'select 2']],
    ['a mark behind a statement', `select 1;${MARK}\nselect 2;`, ['select 1', 'select 2']],
    ['text behind a mark, on its line', `select 1;${MARK}select 2;`, ['select 1', 'select 2']],
    ['chunks without semicolons, which only the mark ends', `select 1\n${MARK}\nselect 2`, ['select 1', 'select 2']],
    [
      'a chunk with several statements',
      `select 1;\nselect 2;\n${MARK}\nselect 3;`,
      ['select 1', 'select 2', 'select 3'],
    ],
    ['empty chunks', `${MARK}\n${MARK}\nselect 1;\n${MARK}\n\n${MARK}`, ['select 1']],
    ['a chunk with a comment only', `-- a\n${MARK}\nselect 1;\n${MARK}\n/* b */`, ['select 1']],
    ['Windows line endings', `select\r\n  1;\r\n${MARK}\r\nselect 2;\r\n`, ['select\r\n  1', 'select 2']],
    ['a byte order mark', '\uFEFFselect 1;', ['select 1']],
    ['a semicolon in a string', `select ';';select 2;`, [`select ';'`, 'select 2']],
    ['a semicolon in a name', 'select 1 as ";"; select 2', ['select 1 as ";"', 'select 2']],
    [
      'a comment behind a statement is not part of it',
      `select '--' -- why\n${MARK}\nselect 'é' /* a /* b */ */\n`,
      [`select '--'`, `select 'é'`],
    ],
    ['a comment inside a statement stays', 'select 1 -- one\n, 2;', ['select 1 -- one\n, 2']],
    ['a byte order mark and several statements', '\uFEFFselect 1;\nselect 2;', ['select 1', 'select 2']],
    ['a semicolon in a comment', 'select 1 -- ;\n; select 2 /* ; */;', ['select 1', 'select 2']],
    [
      'semicolons in a function body',
      'create function f() returns int language plpgsql as $$ begin return 1; end; $$; select 2;',
      ['create function f() returns int language plpgsql as $$ begin return 1; end; $$', 'select 2'],
    ],
    [
      'a BEGIN ATOMIC body',
      'create function f() returns int begin atomic select 1; select 2; end; select 3;',
      ['create function f() returns int begin atomic select 1; select 2; end', 'select 3'],
    ],
    [
      'a mark in a string',
      `insert into t values ('a ${MARK} b');\nselect 2;`,
      [`insert into t values ('a ${MARK} b')`, 'select 2'],
    ],
    ['a mark in a string and one that cuts', `select '${MARK}';\n${MARK}\nselect 2;`, [`select '${MARK}'`, 'select 2']],
    [
      'a mark in a function body',
      `do $$ begin\n  perform 1;\n  ${MARK}\n  perform 2;\nend $$;`,
      [`do $$ begin\n  perform 1;\n  ${MARK}\n  perform 2;\nend $$`],
    ],
    [
      'a mark in a block comment, as introspection writes it',
      `/*\nselect 1;\n${MARK}\nselect 2;\n*/\n${MARK}\nselect 3;`,
      ['select 3'],
    ],
    ['a mark in a line comment cuts, as in drizzle', `-- select 0; ${MARK}\nselect 1;`, ['select 1']],
    [
      'letters of more bytes than units',
      `select 'é🎵';\n${MARK}\nselect '日本'; select 'x';`,
      [`select 'é🎵'`, `select '日本'`, `select 'x'`],
    ],
    [
      'what the grammar cannot read stays whole',
      'create table a ();\ncreat table b ();\nselect 1;',
      ['create table a ();\ncreat table b ();\nselect 1;'],
    ],
    [
      'what the grammar cannot read does not reach over a mark',
      `creat table a ();\n${MARK}\nselect 1; select 2;`,
      ['creat table a ();', 'select 1', 'select 2'],
    ],
    ['a psql command', '\\connect other\n', ['\\connect other']],
    ['an unterminated string', `select 1;\n${MARK}\nselect 'oops;`, ['select 1', `select 'oops;`]],
    [
      'COPY FROM STDIN, which no driver can send, stays whole',
      'copy t from stdin;\n1\t2\n\\.\n',
      ['copy t from stdin;\n1\t2\n\\.'],
    ],
  ])('%s', (_, sql, texts) => {
    expect(textsOf(sql)).toEqual(texts);
  });

  test('each statement knows its index, line, offset and kind', () => {
    const sql = `-- né 🎵\n\ncreate table a ();\n${MARK}\n/* 日本\n */ insert into a\n  default values; select 1;`;
    const statements = splitStatements(sql).map(({ node: _, ...statement }) => statement);
    expect(statements).toEqual([
      { index: 0, line: 3, kind: 'CreateStmt', text: 'create table a ()', offset: 10 },
      { index: 1, line: 6, kind: 'InsertStmt', text: 'insert into a\n  default values', offset: sql.indexOf('insert') },
      { index: 2, line: 7, kind: 'SelectStmt', text: 'select 1', offset: sql.indexOf('select') },
    ]);
    for (const { text, offset } of statements) expect(sql.slice(offset, offset + text.length)).toBe(text);
  });

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('lines count the same with %s', (_, end) => {
    const sql = ['-- a', 'select 1;', MARK, '', 'select', '2;', 'select 3;'].join(end);
    expect(splitStatements(sql).map(({ line }) => line)).toEqual([2, 5, 7]);
  });

  test('what the grammar cannot read starts where its first word stands', () => {
    expect(splitStatements(`select 1;\n${MARK}\n-- why\n\n  selct 2;\n`)).toMatchObject([
      { kind: 'SelectStmt', line: 1 },
      { kind: 'Unparsed', line: 5, text: 'selct 2;' },
    ]);
  });
});

describe('directives stand in the comments at the top', () => {
  test.each([
    ['the first line', '-- migrator: no-transaction\nselect 1;', true],
    ['below other comments and empty lines', '-- Songs.\n\n  --migrator:no-transaction  \nselect 1;', true],
    ['with Windows line endings', '-- migrator: no-transaction\r\nselect 1;', true],
    ['behind a byte order mark', '\uFEFF-- migrator: no-transaction\nselect 1;', true],
    ['below the first statement it is only a comment', 'select 1;\n-- migrator: no-transaction', false],
    ['another word', '-- migrator: no-transactions\nselect 1;', false],
    ['a comment about it', '-- see migrator: no-transaction\nselect 1;', false],
    ['none', 'select 1;', false],
  ])('%s', (_, sql, noTransaction) => {
    expect(readDirectives(sql).noTransaction).toBe(noTransaction);
  });
});
