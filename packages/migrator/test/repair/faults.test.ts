import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { sha256 } from '../../src/core/hash.js';
import type { TestDatabase } from '../setup/database.js';
import {
  differencesToNew,
  expectNoErrors,
  type Folder,
  findingsOf,
  HISTORY,
  plainText,
  setup,
  stamp,
} from './harness.js';

interface Fault {
  /** The last migration that was applied before the fault came; none if undefined. */
  readonly applied?: string;
  readonly break: (folder: Folder, database: TestDatabase) => unknown;
  /** Codes that `status` tells of, of findings that are no notes; or the error that it stops with. */
  readonly told: readonly string[];
  readonly flags?: readonly string[];
  /** All that the repair says it does. */
  readonly steps: readonly string[];
}

const SQL = Object.fromEntries(HISTORY.map(({ tag, sql }) => [tag, sql])) as Record<string, string>;
const TRACKING = 'drizzle.__drizzle_migrations';

function git(folder: Folder, ...args: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
  const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: folder.root, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, expect.anything()]);
}

function commit(folder: Folder): void {
  git(folder, 'init', '-q');
  git(folder, 'add', '-A');
  git(folder, 'commit', '-qm', 'all');
}

const faults: Readonly<Record<string, Fault>> = {
  'a comma too many in the journal': {
    break: ({ read, write }) => write('meta/_journal.json', read('meta/_journal.json').replace(/\n {2}\]/, ',\n  ]')),
    told: ['journal-malformed'],
    steps: ['Writes the journal anew, without a comma too many.'],
  },
  'comments and a byte order mark in the journal': {
    break: ({ read, write }) =>
      write(
        'meta/_journal.json',
        `\uFEFF// ours\n${read('meta/_journal.json').replace('"idx": 1', '/* one */ "idx": 1')}`,
      ),
    told: ['journal-malformed'],
    steps: ['Writes the journal anew, without a byte order mark and comments.'],
  },
  'a journal that is cut off': {
    applied: '0002_likes',
    break: ({ read, write }) => write('meta/_journal.json', read('meta/_journal.json').slice(0, -150)),
    told: ['journal-malformed'],
    steps: [
      'Writes the journal anew, without a part that is no JSON.',
      `Adopts 0001_plays.sql after 0000_songs, stamped ${stamp(1)}, as the database has it.`,
      `Adopts 0002_likes.sql after 0001_plays, stamped ${stamp(2)}, as the database has it.`,
    ],
  },
  'a journal that is gone': {
    applied: '0001_plays',
    break: ({ remove }) => remove('meta/_journal.json'),
    told: ['journal-missing'],
    steps: [
      'Makes a journal of the 3 SQL files, in the order of their numbers.',
      `Adopts 0000_songs.sql as the first, stamped ${stamp(0)}, as the database has it.`,
      `Adopts 0001_plays.sql after 0000_songs, stamped ${stamp(1)}, as the database has it.`,
      'Adopts 0002_likes.sql after 0001_plays, stamped <now>.',
    ],
  },
  'a journal that is gone, and a file that has other line ends since': {
    applied: '0002_likes',
    break: ({ remove, write }) => {
      remove('meta/_journal.json');
      write('0001_plays.sql', `${SQL['0001_plays']}\r\n`);
    },
    told: ['journal-missing'],
    steps: [
      'Makes a journal of the 3 SQL files, in the order of their numbers.',
      `Adopts 0000_songs.sql as the first, stamped ${stamp(0)}, as the database has it.`,
      `Adopts 0002_likes.sql after 0000_songs, stamped ${stamp(2)}, as the database has it.`,
      `Adopts 0001_plays.sql after 0000_songs, stamped ${stamp(1)}, as the row has it that stands in its place.`,
      'Numbers the entries anew, the new ones included.',
      'Row 2 gets the hash of 0001_plays as it is now: its statements mean the same.',
    ],
  },
  'an entry whose time was changed, behind one that is lost': {
    applied: '0002_likes',
    break: ({ journal }) =>
      journal((entries) =>
        entries.flatMap((entry) => (entry.idx === 1 ? [] : entry.idx === 0 ? { ...entry, when: stamp(1) + 7 } : entry)),
      ),
    told: ['restamped-migration', 'unknown-row', 'orphan-file', 'snapshot-orphan'],
    steps: [
      `Adopts 0001_plays.sql after 0000_songs, stamped ${stamp(1)}, as the database has it.`,
      'Numbers the entries anew, the new ones included.',
      `Row 1 gets the time of 0000_songs in the journal, ${stamp(1) + 7}; it had ${stamp(0)}.`,
    ],
  },
  'a journal that is gone, and known to git': {
    break: (folder) => {
      commit(folder);
      folder.remove('meta/_journal.json');
    },
    told: ['journal-missing'],
    steps: [
      'Makes a journal of the 3 SQL files, in the order of their numbers.',
      `Adopts 0000_songs.sql as the first, stamped ${stamp(0)}, as git has it.`,
      `Adopts 0001_plays.sql after 0000_songs, stamped ${stamp(1)}, as git has it.`,
      `Adopts 0002_likes.sql after 0001_plays, stamped ${stamp(2)}, as git has it.`,
    ],
  },
  'an entry without a tag': {
    applied: '0000_songs',
    break: ({ journal }) =>
      journal((entries) => entries.map(({ tag, ...rest }) => (rest.idx === 1 ? rest : { tag, ...rest }))),
    told: ['invalid-entry', 'orphan-file', 'snapshot-orphan'],
    steps: ['Lets entry 1 name 0001_plays.sql, which it means.'],
  },
  'an entry without a tag that means nothing': {
    break: ({ journal }) =>
      journal((entries) => [...entries, { idx: 3, version: '7', when: stamp(3), breakpoints: true }]),
    told: ['invalid-entry'],
    steps: ['Drops entry 3: it has no tag, so nothing of it can run.'],
  },
  'an entry without a time': {
    applied: '0001_plays',
    break: ({ journal }) =>
      journal((entries) => entries.map((entry) => (entry.idx === 1 ? { ...entry, when: undefined } : entry))),
    told: ['unknown-row', 'invalid-entry', 'orphan-file', 'snapshot-orphan'],
    steps: [`Stamps 0001_plays ${stamp(1)}; it had no time that a row can hold.`],
  },
  'an entry that leads out of the folder': {
    break: ({ journal }) => journal((entries) => [...entries, { ...entries[0], tag: '../songs', idx: 3 }]),
    told: ['invalid-entry'],
    flags: ['--drop-entry', '#3'],
    steps: ['Drops entry 3, whose tag leads out of the folder.'],
  },
  'a file that is gone, known to the log': {
    applied: '0001_plays',
    break: ({ remove }) => remove('0001_plays.sql'),
    told: ['file-missing'],
    steps: ['Restores 0001_plays.sql with the text that was applied.'],
  },
  'a file that is gone, known to git': {
    break: (folder) => {
      commit(folder);
      folder.remove('0001_plays.sql');
    },
    told: ['file-missing'],
    steps: ['Restores 0001_plays.sql from git.'],
  },
  'a file that is gone, deleted by a commit': {
    break: (folder) => {
      commit(folder);
      git(folder, 'rm', '-q', 'drizzle/0001_plays.sql');
      git(folder, 'commit', '-qm', 'gone');
    },
    told: ['file-missing'],
    steps: ['Restores 0001_plays.sql from git.'],
  },
  'a file that is gone, and that nobody has': {
    applied: '0001_plays',
    break: ({ remove }) => remove('0002_likes.sql'),
    told: ['file-missing'],
    steps: [
      'Drops the entry of 0002_likes: its file is gone, neither git nor the log has it, and the database has not applied it.',
      'Removes meta/0002_snapshot.json: no migration has its number.',
    ],
  },
  'a file that was renamed': {
    applied: '0001_plays',
    break: ({ rename }) => rename('0001_plays.sql', '0001_listens.sql'),
    told: ['file-missing', 'orphan-file'],
    steps: ['Lets the entry of 0001_plays name 0001_listens.sql: the file was renamed.'],
  },
  'a file in another case': {
    break: ({ rename }) => rename('0001_plays.sql', '0001_Plays.sql'),
    told: ['file-case'],
    steps: ['Renames 0001_Plays.sql to 0001_plays.sql, as the journal spells it.'],
  },
  'a file in UTF-16': {
    applied: '0000_songs',
    break: ({ write }) => write('0001_plays.sql', Buffer.from(`\uFEFF${SQL['0001_plays']}`, 'utf16le')),
    told: ['not-text'],
    steps: ['Writes 0001_plays.sql in UTF-8; it was UTF-16, which no server takes.'],
  },
  'a file in UTF-16 without its mark': {
    break: ({ write }) => write('0001_plays.sql', Buffer.from(SQL['0001_plays'] ?? '', 'utf16le')),
    told: ['not-text'],
    steps: ['Writes 0001_plays.sql in UTF-8; it was UTF-16, which no server takes.'],
  },
  'a tag listed twice': {
    applied: '0001_plays',
    break: ({ journal }) =>
      journal((entries) => (entries as object[]).toSpliced(1, 0, { ...entries[1], when: stamp(0) + 5 })),
    told: ['already-there', 'duplicate-tag', 'out-of-order'],
    steps: ['Drops the second entry of 0001_plays at position 1: a new database would run the file twice.'],
  },
  'an entry listed twice': {
    break: ({ journal }) => journal((entries) => [...entries, entries[2]]),
    told: ['already-there', 'when-not-increasing', 'duplicate-migration'],
    steps: ['Drops the second entry of 0002_likes at position 3: a new database would run the file twice.'],
  },
  'a file without an entry': {
    applied: '0002_likes',
    break: ({ write }) => write('0003_albums.sql', 'create table albums (id int);'),
    told: ['orphan-file'],
    steps: [
      'Adopts 0003_albums.sql after 0002_likes, stamped <now>.',
      'Makes meta/0003_snapshot.json anew, of a scratch database, as drizzle-kit reads it; on scratch it means what the files make.',
    ],
  },
  'a file without an entry, under a number that is taken': {
    applied: '0002_likes',
    break: ({ write }) => {
      write('0001_albums.sql', 'create table albums (id int);');
      write('0001_albums.down.sql', 'drop table albums;');
    },
    told: ['orphan-file'],
    steps: [
      'Renames 0001_albums.sql to 0003_albums.sql: it comes last, after number 2.',
      'Adopts 0003_albums.sql after 0002_likes, stamped <now>.',
      'Makes meta/0003_snapshot.json anew, of a scratch database, as drizzle-kit reads it; on scratch it means what the files make.',
    ],
  },
  'a file without an entry or a number': {
    break: ({ write }) => write('albums.sql', 'create table albums (id int);'),
    told: ['orphan-file'],
    flags: ['--adopt', 'albums.sql'],
    steps: [
      'Adopts albums.sql after 0002_likes, stamped <now>.',
      'Makes meta/albums_snapshot.json anew, of a scratch database, as drizzle-kit reads it; on scratch it means what the files make.',
    ],
  },
  'a file without an entry that others need': {
    break: ({ journal, remove }) => {
      journal((entries) => entries.filter(({ idx }) => idx !== 0));
      remove('meta/0000_snapshot.json');
    },
    told: ['not-there', 'orphan-file', 'snapshot-chain-broken'],
    steps: [
      `Adopts 0000_songs.sql as the first, because 0001_plays needs what it makes, stamped ${stamp(1) - 1}.`,
      'Numbers the entries anew, the new ones included.',
      'Lets meta/0001_snapshot.json follow the snapshot before it.',
    ],
  },
  'a file without an entry that was run by hand, as applied ones show': {
    applied: '0001_plays',
    break: async ({ journal }, { query }) => {
      journal((entries) => entries.filter(({ idx }) => idx !== 0));
      await query(`delete from ${TRACKING} where id = 1; delete from drizzle.__migrator_log`);
    },
    told: ['orphan-file', 'snapshot-orphan'],
    steps: [
      `Adopts 0000_songs.sql as the first, because 0001_plays needs what it makes, stamped ${stamp(1) - 1}.`,
      'Numbers the entries anew, the new ones included.',
      'Writes a row for 0000_songs: 0001_plays, which is applied, needs what it makes, so it was run by hand.',
    ],
  },
  'a file whose entry was lost, and that is applied': {
    applied: '0002_likes',
    break: ({ journal }) => journal((entries) => entries.filter(({ idx }) => idx !== 1)),
    told: ['unknown-row', 'orphan-file', 'snapshot-orphan'],
    steps: [
      `Adopts 0001_plays.sql after 0000_songs, stamped ${stamp(1)}, as the database has it.`,
      'Numbers the entries anew, the new ones included.',
    ],
  },
  'a time in the future': {
    applied: '0001_plays',
    break: async ({ journal }, { query }) => {
      const far = Date.UTC(2522, 0, 1);
      journal((entries) => entries.map((entry) => (entry.idx === 1 ? { ...entry, when: far } : entry)));
      await query(`update ${TRACKING} set created_at = ${far} where id = 2`);
    },
    told: ['out-of-order', 'when-in-future'],
    steps: [
      `Stamps 0001_plays ${stamp(0) + 1} instead of ${Date.UTC(2522, 0, 1)}, which lies in the future.`,
      `Row 2 gets the time of 0001_plays in the journal, ${stamp(0) + 1}; it had ${Date.UTC(2522, 0, 1)}.`,
    ],
  },
  'a time that no row can hold': {
    applied: '0000_songs',
    break: ({ journal }) =>
      journal((entries) => entries.map((entry) => (entry.idx === 2 ? { ...entry, when: 1e30 } : entry))),
    told: ['when-invalid'],
    steps: ['Stamps 0002_likes <now>; it had no time that a row can hold.'],
  },
  'out of order, and on no other database': {
    applied: '0001_plays',
    break: ({ journal }) =>
      journal((entries) => entries.map((entry) => (entry.idx === 2 ? { ...entry, when: stamp(0) + 7 } : entry))),
    told: ['out-of-order'],
    flags: ['--restamp', '0002_likes'],
    steps: ['Stamps 0002_likes <now>, after all others.'],
  },
  'out of order, and applied by hand': {
    applied: '0002_likes',
    break: (_, { query }) => query(`delete from ${TRACKING} where id = 2`),
    told: ['already-there', 'out-of-order', 'row-missing'],
    flags: ['--mark-applied', '0001_plays'],
    steps: ['Writes a row for 0001_plays: it counts as applied.'],
  },
  'entries that a merge has put the wrong way round': {
    applied: '0000_songs',
    break: ({ journal, write }) => {
      journal(([songs, plays, likes]) => [songs, likes, plays]);
      write('0002_likes.sql', 'alter table plays add likes int;');
    },
    told: ['not-there', 'when-not-increasing'],
    steps: ['Moves 0002_likes behind 0001_plays, which makes what it needs.'],
  },
  'numbers that come twice': {
    break: ({ journal }) => journal((entries) => entries.map((entry) => ({ ...entry, idx: 0 }))),
    told: [],
    steps: ['Numbers the entries anew.'],
  },
  'an edit of meaning that is right': {
    applied: '0002_likes',
    break: async ({ write }, { query }) => {
      write('0002_likes.sql', 'alter table songs add likes int default 0;');
      await query('alter table songs alter likes set default 0');
    },
    told: ['edited-migration'],
    flags: ['--accept', '0002_likes'],
    steps: ['Row 3 gets the hash of 0002_likes as it is now: the edit is accepted.'],
  },
  'an edit that is wrong': {
    applied: '0002_likes',
    break: ({ write }) => write('0002_likes.sql', 'alter table songs add loves int;'),
    told: ['edited-migration'],
    flags: ['--restore', '0002_likes'],
    steps: ['Gives 0002_likes.sql the text back that was applied.'],
  },
  'an edit of formatting': {
    applied: '0002_likes',
    break: ({ write }) => write('0002_likes.sql', '-- counts\nALTER TABLE songs ADD likes int;\n'),
    told: ['edited-migration'],
    steps: ['Row 3 gets the hash of 0002_likes as it is now: its statements mean the same.'],
  },
  'a time that was changed in the journal': {
    applied: '0002_likes',
    break: ({ journal }) =>
      journal((entries) => entries.map((entry) => (entry.idx === 2 ? { ...entry, when: stamp(9) } : entry))),
    told: ['restamped-migration'],
    steps: [`Row 3 gets the time of 0002_likes in the journal, ${stamp(9)}; it had ${stamp(2)}.`],
  },
  'a row without a time': {
    applied: '0002_likes',
    break: (_, { query }) => query(`update ${TRACKING} set created_at = null where id = 2`),
    told: ['restamped-migration'],
    steps: [`Row 2 gets the time of 0001_plays in the journal, ${stamp(1)}; it had none.`],
  },
  'a row that is there twice': {
    applied: '0002_likes',
    break: (_, { query }) =>
      query(`insert into ${TRACKING} (hash, created_at) select hash, created_at from ${TRACKING} where id = 2`),
    told: ['duplicate-row'],
    steps: ['Deletes row 4: row 2 says the same.'],
  },
  'a row of nobody': {
    applied: '0001_plays',
    break: (_, { query }) => query(`insert into ${TRACKING} (hash, created_at) values ('${sha256('x')}', ${stamp(9)})`),
    told: ['out-of-order', 'unknown-row'],
    flags: ['--forget', '3'],
    steps: ['Deletes row 3: no migration accounts for it.'],
  },
  'rows that are there although nothing is': {
    break: async (_, { query }) => {
      await query(
        `create schema drizzle; create table ${TRACKING} (id serial primary key, hash text not null, created_at bigint)`,
      );
      await query(
        `insert into ${TRACKING} (hash, created_at) values ('${sha256(SQL['0000_songs'] ?? '')}', ${stamp(0)})`,
      );
    },
    told: ['not-there'],
    flags: ['--mark-unapplied', '0000_songs'],
    steps: ['Deletes row 1: 0000_songs counts as not applied.'],
  },
  'a fork of the snapshots': {
    break: ({ read, write }) => {
      const { prevId } = JSON.parse(read('meta/0001_snapshot.json')) as { prevId: string };
      write('meta/0002_snapshot.json', JSON.stringify({ ...JSON.parse(read('meta/0002_snapshot.json')), prevId }));
    },
    told: ['snapshot-fork'],
    steps: ['Lets meta/0002_snapshot.json follow the snapshot before it.'],
  },
  'a snapshot that follows one which is not there': {
    break: ({ remove }) => remove('meta/0001_snapshot.json'),
    told: ['snapshot-chain-broken'],
    steps: ['Lets meta/0002_snapshot.json follow the snapshot before it.'],
  },
  'a snapshot that follows itself': {
    break: ({ read, write }) => {
      const snapshot = JSON.parse(read('meta/0001_snapshot.json')) as { id: string };
      write('meta/0001_snapshot.json', JSON.stringify({ ...snapshot, prevId: snapshot.id }));
    },
    told: ['snapshot-fork', 'snapshot-cycle'],
    steps: ['Lets meta/0001_snapshot.json follow the snapshot before it.'],
  },
  'two snapshots with one id': {
    break: ({ read, write }) => {
      const { id } = JSON.parse(read('meta/0000_snapshot.json')) as { id: string };
      write('meta/0001_snapshot.json', JSON.stringify({ ...JSON.parse(read('meta/0001_snapshot.json')), id }));
    },
    told: ['snapshot-duplicate-id', 'snapshot-chain-broken'],
    steps: [
      'Lets meta/0001_snapshot.json follow the snapshot before it, under an id of its own.',
      'Lets meta/0002_snapshot.json follow the snapshot before it.',
    ],
  },
  'a snapshot of no migration': {
    break: ({ write }) => write('meta/0007_snapshot.json', '{"id":"7","prevId":"6"}'),
    told: ['snapshot-chain-broken', 'snapshot-orphan'],
    steps: ['Removes meta/0007_snapshot.json: no migration has its number.'],
  },
};

describe('a fault is named and mended, and then everything works', () => {
  test.each(Object.entries(faults))('%s', async (_, fault) => {
    const { database, project, folder, run } = await setup();
    if (fault.applied) await migrate(project, { to: fault.applied });
    await fault.break(folder, database);

    const before = await run('status', '--json');
    const { error } = before.json as { error?: { code: string } };
    const codes = error
      ? [error.code]
      : findingsOf(before.json).flatMap(({ code, severity }) => (severity === 'info' ? [] : [code]));
    expect(codes.sort()).toEqual([...fault.told].sort());

    const repair = await run('repair', '--yes', '--json', ...(fault.flags ?? []));
    expect(repair.json.error).toBeUndefined();
    expect((repair.json.steps as { what: string }[]).map(({ what }) => plainText(what))).toEqual(fault.steps);
    expect(findingsOf(repair.json).filter(({ severity }) => severity === 'error')).toEqual([]);

    const again = await run('repair', '--yes', '--json');
    expect(again.json).toMatchObject({ ok: true, steps: [] });
    const checked = await run('check', '--skip-rehearsal', '--json');
    expectNoErrors(checked.json);
    expect(await run('migrate')).toMatchObject({ exitCode: 0 });
    expect((await run('status', '--check')).exitCode).toBe(0);
    expect(await differencesToNew(database, project)).toEqual([]);
  });
});
