import { describe, expect, test } from 'vitest';
import { closest } from './closest.js';
import { MigratorError, redact } from './migrator-error.js';
import { sourceExcerpt } from './source-excerpt.js';

describe('a password is taken out of', () => {
  test.each([
    ['a URL', 'at postgresql://me:secret@host:5432/db?x=1', 'at postgresql://me:***@host:5432/db?x=1'],
    ['a short URL', 'postgres://me:secret@host', 'postgres://me:***@host'],
    ['a URL without a user', 'postgres://:secret@host/db', 'postgres://:***@host/db'],
    ['a password with an @', 'postgres://me:se@cret@host/db', 'postgres://me:***@host/db'],
    ['a password with a colon', 'postgres://me:sec:secret@host/db', 'postgres://me:***@host/db'],
    ['a URL with several hosts', 'postgres://me:secret@h1:1,h2:2/db', 'postgres://me:***@h1:1,h2:2/db'],
    ['two URLs', 'postgres://a:secret@h/x and mysql://b:secret@h/y', 'postgres://a:***@h/x and mysql://b:***@h/y'],
    ['a URL in quotes', `"postgres://a:secret@h/x"`, `"postgres://a:***@h/x"`],
    ['a parameter', 'postgres:///db?user=me&password=secret&x=1', 'postgres:///db?user=me&password=***&x=1'],
    ['a parameter for the key', 'postgres:///db?sslpassword=secret', 'postgres:///db?sslpassword=***'],
    ['a connection string', 'host=h password=secret user=me', 'host=h password=*** user=me'],
    ['a quoted connection string', "password='a secret' user=me", 'password=*** user=me'],
    ['an ALTER ROLE', `alter role me password 'secret'`, `alter role me password '***'`],
    [
      'a CREATE USER',
      `CREATE USER me WITH ENCRYPTED PASSWORD 'it''s secret'`,
      `CREATE USER me WITH ENCRYPTED PASSWORD '***'`,
    ],
  ])('%s', (_, text, shown) => {
    expect(redact(text)).toBe(shown);
    expect(redact(text)).not.toContain('secret');
    expect(redact(redact(text))).toBe(shown);
  });

  test.each(['https://example.com/a:b@c', 'me@host:5432/db', 'column "password" does not exist', 'at 12:30 @home'])(
    'what has none stays: %s',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );

  test('every text of an error', () => {
    const secret = 'postgres://me:secret@host/db';
    const error = new MigratorError('bug', {
      message: secret,
      where: secret,
      state: secret,
      fix: secret,
      detail: secret,
    });
    const { message, where, state, fix, detail } = error;
    expect(JSON.stringify({ message, where, state, fix, detail })).not.toContain('secret');
  });
});

describe('the lines around a place', () => {
  const text = 'one\ntwo\r\nthree\nfour\nfive\nsix';
  test.each([
    ['in the middle', { line: 3, column: 2 }, '  1 | one\n  2 | two\n> 3 | three\n    |  ^\n  4 | four\n  5 | five'],
    ['at the top', { line: 1, column: 1 }, '> 1 | one\n    | ^\n  2 | two\n  3 | three'],
    ['at the end', { line: 6, column: 4 }, '  4 | four\n  5 | five\n> 6 | six\n    |    ^'],
  ])('%s', (_, at, excerpt) => {
    expect(sourceExcerpt(text, at)).toBe(excerpt);
  });

  test('are cut around the column where they are long', () => {
    const long = `${'a'.repeat(200)}X${'b'.repeat(200)}`;
    const lines = sourceExcerpt(long, { line: 1, column: 201 }).split('\n');
    expect(lines[0]?.[lines[1]?.indexOf('^') ?? -1]).toBe('X');
    expect(lines[0]?.length).toBeLessThan(180);
  });

  test('have the caret below its letter behind a tab', () => {
    const [line, caret] = sourceExcerpt('\tselect x', { line: 1, column: 9 }).split('\n');
    expect(caret?.replace(/\^.*/, '')).toBe('    | \t       ');
    expect(line).toBe('> 1 | \tselect x');
  });
});

test.each([
  ['0001_play', ['0000_songs', '0001_plays'], '0001_plays'],
  ['plays', ['0000_songs', '0001_plays'], '0001_plays'],
  ['0001_PLAYS', ['0000_songs', '0001_plays'], '0001_plays'],
  ['0001_palys', ['0000_songs', '0001_plays'], '0001_plays'],
  ['users', ['0000_songs', '0001_plays'], undefined],
  ['', [], undefined],
])('the closest to %j of %j is %j', (word, candidates, guess) => {
  expect(closest(word, candidates)).toBe(guess);
});
