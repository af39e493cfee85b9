import { describe, expect, test } from 'vitest';
import { blockingOf } from './blocking.js';
import { rehearsalFindings } from './findings.js';
import type { LockMode, Rehearsal, RehearsedStatement, Touched } from './types.js';
import { describeBlocking } from './words.js';

const table = (name: string, extra: Partial<Touched> = {}): Touched => ({
  relation: `public.${name}`,
  kind: 'table',
  table: `public.${name}`,
  existed: true,
  ...extra,
});

const lock = (name: string, mode: LockMode, extra: Partial<Touched> = {}) => ({ ...table(name, extra), mode });

function statement(index: number, extra: Partial<RehearsedStatement>): RehearsedStatement {
  return {
    index,
    line: index + 1,
    kind: 'AlterTableStmt',
    text: 'alter table …',
    mode: 'transaction',
    transaction: 0,
    durationMs: 1,
    heldMs: 5,
    locks: [],
    rewrites: [],
    reads: [],
    invalidIndexes: [],
    measured: 'exact',
    ...extra,
  };
}

const rehearsal = (...statements: RehearsedStatement[]): Rehearsal => ({
  tag: '0001_change',
  path: 'drizzle/0001_change.sql',
  serverVersion: 18,
  durationMs: 10,
  statements,
});

const GB = 1e9;
const sizes = { 'public.songs': { rows: 120e6, bytes: 41 * GB }, 'public.plays': { rows: 10, bytes: 8192 } };

const rewrite = statement(0, {
  locks: [lock('songs', 'AccessExclusiveLock'), lock('songs', 'ShareLock')],
  rewrites: [table('songs')],
  reads: [{ ...table('songs'), rows: 6000 }],
});

const messages = (one: Rehearsal, known?: typeof sizes) =>
  rehearsalFindings(one, known).map(({ severity, message }) => [severity, message]);

describe('what others wait for', () => {
  test('the work of a statement under its own lock, with the sizes of production', () => {
    expect(messages(rehearsal(rewrite), sizes)).toEqual([
      ['error', 'public.songs: ACCESS EXCLUSIVE, rewrite of 41 GB, about 7 min at 100 MB/s.'],
    ]);
  });

  test('without sizes, what was seen', () => {
    expect(messages(rehearsal(rewrite))).toEqual([['warning', 'public.songs: ACCESS EXCLUSIVE, rewrite.']]);
  });

  test('the work of later statements while the lock is still held', () => {
    const quick = statement(0, { locks: [lock('songs', 'AccessExclusiveLock')] });
    const backfill = statement(1, { kind: 'UpdateStmt', reads: [{ ...table('plays'), rows: 10 }] });
    expect(messages(rehearsal(quick, backfill))).toEqual([
      ['warning', 'public.songs: ACCESS EXCLUSIVE, scan of public.plays by line 2.'],
    ]);
    expect(messages(rehearsal(quick, backfill), sizes)).toEqual([
      [
        'info',
        'public.songs: ACCESS EXCLUSIVE, scan of public.plays by line 2: 8.2 kB, less than a second at 400 MB/s.',
      ],
    ]);
  });

  test('not the work before the lock, nor behind its transaction', () => {
    const scan = { reads: [{ ...table('plays'), rows: 10 }] };
    const quick = { locks: [lock('songs', 'AccessExclusiveLock' as const)] };
    expect(
      messages(rehearsal(statement(0, scan), statement(1, quick), statement(2, { ...scan, transaction: 1 }))),
    ).toEqual([]);
  });

  test('not tables that the migration makes, nor locks that let everybody work', () => {
    const isNew = { existed: false };
    const one = statement(0, {
      locks: [lock('fresh', 'AccessExclusiveLock', isNew), lock('songs', 'ShareUpdateExclusiveLock')],
      rewrites: [table('fresh', isNew)],
      reads: [{ ...table('songs'), rows: 10 }],
    });
    expect(blockingOf(rehearsal(one))).toEqual([]);
  });

  test('TRUNCATE gives new files and is done at once', () => {
    const one = statement(0, {
      kind: 'TruncateStmt',
      locks: [lock('songs', 'AccessExclusiveLock')],
      rewrites: [table('songs')],
    });
    expect(messages(rehearsal(one))).toEqual([]);
    expect(blockingOf(rehearsal(one))).toHaveLength(1);
  });

  test('partitions are told with the table they are of', () => {
    const parent = 'public.plays';
    const one = statement(0, {
      locks: [
        lock('plays', 'ShareLock', { kind: 'partitioned table' }),
        lock('plays_1', 'ShareLock', { parent }),
        lock('plays_2', 'AccessExclusiveLock', { parent }),
      ],
      reads: [{ ...table('plays_1', { parent }), rows: 10 }],
    });
    const [blocking] = blockingOf(rehearsal(one));
    expect(blocking).toMatchObject({ table: parent, partitions: 2, mode: 'AccessExclusiveLock' });
    expect(blocking && describeBlocking(blocking, [one])).toBe(
      'public.plays and 2 of its partitions: ACCESS EXCLUSIVE, scan of public.plays_1',
    );
  });

  test('an index that is left INVALID is told', () => {
    expect(rehearsalFindings(rehearsal(statement(0, { invalidIndexes: ['public.songs_title'] })))).toEqual([
      {
        code: 'invalid-index-left',
        severity: 'warning',
        tag: '0001_change',
        at: { file: 'drizzle/0001_change.sql', line: 1, column: 1 },
        message: 'The migration leaves the index public.songs_title INVALID.',
        consequence: 'Queries do not use it, and every write pays for it.',
        fix: 'Drop it and build it again: `DROP INDEX CONCURRENTLY public.songs_title`.',
      },
    ]);
  });
});
