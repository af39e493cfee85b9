import { describe, expect, test } from 'vitest';
import { sha256 } from '../core/hash.js';
import type { AppliedRow, LogEntry, Migration } from '../core/types.js';
import { compare } from './compare.js';

/**
 * `a@1`: migration `a`, stamped 1, whose file says `a`. `a:x@1`: its file says `x`. `a:-@1`: its file is missing.
 * A row `a@1` holds the hash of a file that says `a` and `created_at` 1; `a@null` has no time.
 */
function filesOf(text: string): Migration[] {
  return words(text).map((word, position) => {
    const [, tag = '', content = tag, when] = /^(\w+)(?::(.+))?@(-?\d+)$/.exec(word) ?? [];
    const file = content === '-' ? {} : { file: { sql: content, hash: sha256(content) } };
    return { tag, position, idx: position, when: Number(when), path: `${tag}.sql`, ...file };
  });
}

function rowsOf(text: string): AppliedRow[] {
  return words(text).map((word, index) => {
    const [content = '', when] = word.split('@');
    return { id: index + 1, hash: sha256(content), createdAt: when === 'null' ? null : Number(when) };
  });
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean);
}

function compared(files: string, rows: string, log: LogEntry[] = []) {
  return compare(filesOf(files), { tableExists: true, rows: rowsOf(rows), log });
}

/** `a applied 1, b pending`: the number is the id of the row it was paired with. */
function shown({ statuses }: ReturnType<typeof compare>): string {
  return statuses
    .map(({ migration, state, row }) => [migration.tag, state, row?.id].filter(Boolean).join(' '))
    .join(', ');
}

describe('files and rows are paired', () => {
  test.each`
    name                                                      | files            | rows            | states                                        | unknown
    ${'nothing at all'}                                       | ${''}            | ${''}           | ${''}                                         | ${''}
    ${'a fresh database'}                                     | ${'a@1 b@2'}     | ${''}           | ${'a pending, b pending'}                     | ${''}
    ${'everything applied'}                                   | ${'a@1 b@2'}     | ${'a@1 b@2'}    | ${'a applied 1, b applied 2'}                 | ${''}
    ${'rows in another order than the journal'}               | ${'a@1 b@2'}     | ${'b@2 a@1'}    | ${'a applied 2, b applied 1'}                 | ${''}
    ${'the last one is new'}                                  | ${'a@1 b@2 c@3'} | ${'a@1 b@2'}    | ${'a applied 1, b applied 2, c pending'}      | ${''}
    ${'one in the middle has no row'}                         | ${'a@1 b@2 c@3'} | ${'a@1 c@3'}    | ${'a applied 1, b out-of-order, c applied 2'} | ${''}
    ${'the first has no row'}                                 | ${'a@1 b@2'}     | ${'b@2'}        | ${'a out-of-order, b applied 1'}              | ${''}
    ${'a new one is stamped older than the newest row'}       | ${'a@1 b@5 c@3'} | ${'a@1 b@5'}    | ${'a applied 1, b applied 2, c out-of-order'} | ${''}
    ${'a new one is stamped the same as the newest row'}      | ${'a@1 b@1'}     | ${'a@1'}        | ${'a applied 1, b out-of-order'}              | ${''}
    ${'equal stamps on a fresh database'}                     | ${'a@1 b@1'}     | ${''}           | ${'a pending, b pending'}                     | ${''}
    ${'equal stamps, both applied'}                           | ${'a@1 b@1'}     | ${'a@1 b@1'}    | ${'a applied 1, b applied 2'}                 | ${''}
    ${'falling stamps on a fresh database'}                   | ${'a@9 b@2'}     | ${''}           | ${'a pending, b pending'}                     | ${''}
    ${'the file was edited'}                                  | ${'a:x@1 b@2'}   | ${'a@1 b@2'}    | ${'a edited 1, b applied 2'}                  | ${''}
    ${'every file was edited'}                                | ${'a:x@1 b:y@2'} | ${'a@1 b@2'}    | ${'a edited 1, b edited 2'}                   | ${''}
    ${'the stamp was moved later'}                            | ${'a@1 b@9'}     | ${'a@1 b@2'}    | ${'a applied 1, b restamped 2'}               | ${''}
    ${'the stamp was moved earlier'}                          | ${'a@1 b@0'}     | ${'a@1 b@2'}    | ${'a applied 1, b restamped 2'}               | ${''}
    ${'edited and restamped: nothing ties file to row'}       | ${'a@1 b:x@9'}   | ${'a@1 b@2'}    | ${'a applied 1, b pending'}                   | ${'2'}
    ${'the tag was renamed: identity is hash and time'}       | ${'z:a@1'}       | ${'a@1'}        | ${'z applied 1'}                              | ${''}
    ${'a row that no file accounts for'}                      | ${'a@1'}         | ${'a@1 b@2'}    | ${'a applied 1'}                              | ${'2'}
    ${'rows of a newer checkout hide a new file'}             | ${'a@1 b@2'}     | ${'a@1 z@9'}    | ${'a applied 1, b out-of-order'}              | ${'2'}
    ${'a folder that was thrown away'}                        | ${''}            | ${'a@1 b@2'}    | ${''}                                         | ${'1 2'}
    ${'the same migration recorded twice'}                    | ${'a@1'}         | ${'a@1 a@1'}    | ${'a applied 1'}                              | ${'2'}
    ${'two identical files, both applied'}                    | ${'a:x@1 b:x@2'} | ${'x@1 x@2'}    | ${'a applied 1, b applied 2'}                 | ${''}
    ${'two identical files, the first applied'}               | ${'a:x@1 b:x@2'} | ${'x@1'}        | ${'a applied 1, b pending'}                   | ${''}
    ${'two identical files, the second applied'}              | ${'a:x@1 b:x@2'} | ${'x@2'}        | ${'a out-of-order, b applied 1'}              | ${''}
    ${'identical files, the exact pair goes before the hash'} | ${'a:x@7 b:x@2'} | ${'x@2 x@1'}    | ${'a restamped 2, b applied 1'}               | ${''}
    ${'identical files and stamps, both applied'}             | ${'a:x@1 b:x@1'} | ${'x@1 x@1'}    | ${'a applied 1, b applied 2'}                 | ${''}
    ${'identical files and stamps, one row'}                  | ${'a:x@1 b:x@1'} | ${'x@1'}        | ${'a applied 1, b out-of-order'}              | ${''}
    ${'the hash goes before the time'}                        | ${'a:x@2 b@3'}   | ${'x@1 b@2'}    | ${'a restamped 1, b restamped 2'}             | ${''}
    ${'a row without a time is found by its hash'}            | ${'a@1 b@2'}     | ${'a@null b@2'} | ${'a restamped 1, b applied 2'}               | ${''}
    ${'rows without a time hide nothing'}                     | ${'a@1 b@2'}     | ${'a@null'}     | ${'a restamped 1, b pending'}                 | ${''}
    ${'a row without a time and without a file'}              | ${'a@1'}         | ${'z@null'}     | ${'a pending'}                                | ${'1'}
    ${'an applied file stamped far ahead hides what follows'} | ${'a@99 b@2'}    | ${'a@99'}       | ${'a applied 1, b out-of-order'}              | ${''}
    ${'the file of an applied one is missing'}                | ${'a:-@1 b@2'}   | ${'a@1 b@2'}    | ${'a applied 1, b applied 2'}                 | ${''}
    ${'the file of a pending one is missing'}                 | ${'a@1 b:-@2'}   | ${'a@1'}        | ${'a applied 1, b pending'}                   | ${''}
    ${'the journal lists a tag twice, applied once'}          | ${'a@1 a@2'}     | ${'a@1'}        | ${'a applied 1, a pending'}                   | ${''}
  `('$name', ({ files, rows, states, unknown }) => {
    const comparison = compared(files, rows);
    expect(shown(comparison)).toBe(states);
    expect(comparison.unknown.map(({ id }) => id).join(' ')).toBe(unknown);
  });

  test('the newest time is the largest one, wherever its row stands', () => {
    expect(compared('a@1', 'a@7 b@9 c@null d@3').newest).toBe(9);
    expect(compared('a@1', 'a@null').newest).toBeNull();
    expect(compared('a@1', '').newest).toBeNull();
  });

  test('the digest of a history depends on its rows and not on their order', () => {
    const digest = (rows: string) => compared('', rows).historyHash;
    expect(digest('a@1 b@2')).toBe(digest('b@2 a@1'));
    expect(new Set(['', 'a@1', 'a@1 a@1', 'a@2', 'b@1', 'a@null'].map(digest)).size).toBe(6);
  });

  test('ten thousand migrations are paired at once, not by searching', () => {
    const many = Array.from({ length: 10_000 }, (_, n) => `m${n}@${n}`).join(' ');
    expect(compared(many, many).statuses.every(({ state }) => state === 'applied')).toBe(true);
  });
});

describe('an edit of line endings is told from any other', () => {
  const lf = 'create table a ();\ncreate table b ();\n';
  const crlf = lf.replaceAll('\n', '\r\n');
  test.each([
    ['Unix became Windows', lf, crlf, 'line-endings'],
    ['Windows became Unix', crlf, lf, 'line-endings'],
    ['the last newline went', lf, lf.trimEnd(), 'line-endings'],
    ['a last newline came', lf.trimEnd(), lf, 'line-endings'],
    ['a byte order mark came', lf, `\uFEFF${lf}`, 'line-endings'],
    ['a byte order mark went', `\uFEFF${lf}`, lf, 'line-endings'],
    ['a byte order mark and Windows endings came', lf, `\uFEFF${crlf}`, 'line-endings'],
    ['old Mac endings came', lf, lf.replaceAll('\n', '\r'), 'line-endings'],
    ['a space came', lf, lf.replace('a (', 'a  ('), 'unknown'],
    ['a letter changed', lf, lf.replace('table a', 'table c'), 'unknown'],
  ])('%s', (_, applied, now, edit) => {
    const migration: Migration = {
      tag: 'a',
      position: 0,
      idx: 0,
      when: 1,
      path: 'a.sql',
      file: { sql: now, hash: sha256(now) },
    };
    const rows = [{ id: 1, hash: sha256(applied), createdAt: 1 }];
    const [status] = compare([migration], { tableExists: true, rows, log: [] }).statuses;
    expect(status).toMatchObject({ state: 'edited', edit });
  });
});

describe('the log', () => {
  function entry(changes: Partial<LogEntry> = {}): LogEntry {
    return {
      tag: 'a',
      hash: sha256('a'),
      when: 1,
      direction: 'up',
      status: 'applied',
      statementsDone: 1,
      statementsTotal: 3,
      startedAt: new Date(0),
      finishedAt: new Date(1),
      by: 'me@here',
      tool: 'migrator 1.0.0',
      gitCommit: null,
      detail: null,
      statementHashes: null,
      ...changes,
    };
  }
  const statusWith = (rows: string, log: Partial<LogEntry>) => compared('a@1', rows, [entry(log)]).statuses[0];

  test.each<[string, string, Partial<LogEntry>, boolean]>([
    ['stopped after a statement: half applied', '', { status: 'running', statementsDone: 1 }, true],
    ['failed after a statement: half applied', '', { status: 'failed', statementsDone: 1 }, true],
    ['was killed in its first statement: half applied', '', { status: 'running', statementsDone: 0 }, true],
    ['failed in its first statement: simply pending', '', { status: 'failed', statementsDone: 0 }, false],
    [
      'failed in its first statement, outside of a transaction: half applied',
      '',
      { status: 'failed', statementsDone: 0, detail: { starting: 0 } },
      true,
    ],
    ['was applied, and drizzle-kit took its row away: simply pending', '', { status: 'applied' }, false],
    ['was rolled back: simply pending', '', { direction: 'down', status: 'rolled-back' }, false],
    ['belongs to an earlier stamp of the tag: simply pending', '', { status: 'running', when: 7 }, false],
    ['belongs to another tag: simply pending', '', { status: 'running', tag: 'b' }, false],
    ['has a row by now, written by drizzle-kit: applied', 'a@1', { status: 'running' }, false],
  ])('a migration that %s', (_, rows, log, half) => {
    expect(statusWith(rows, log)?.halfApplied !== undefined).toBe(half);
  });

  test.each<[string, Partial<LogEntry>, boolean]>([
    ['says who applied it', {}, true],
    ['is stale: another text was applied since', { hash: sha256('x') }, false],
    ['is stale: its last word is a rollback', { direction: 'down', status: 'rolled-back' }, false],
    ['is stale: its last word is a failure', { status: 'failed' }, false],
  ])('%s', (_, log, shownInStatus) => {
    expect(statusWith('a@1', log)?.log !== undefined).toBe(shownInStatus);
  });
});
