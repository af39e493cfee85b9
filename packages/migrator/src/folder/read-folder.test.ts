import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MigrationFile, migrationFiles, snapshot, writeFiles } from '../../test/setup/project.js';
import { sha256 } from '../core/hash.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type MigrationsFolder, readFolder } from './read-folder.js';

const NOW = Date.UTC(2025, 5, 1);

function read(files: Readonly<Record<string, unknown>>, snapshots = true): MigrationsFolder {
  const root = mkdtempSync(join(tmpdir(), 'migrator-folder-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bytes = Object.entries(files).filter(([, content]) => Buffer.isBuffer(content));
  writeFiles(join(root, 'drizzle'), { ...files, ...Object.fromEntries(bytes.map(([path]) => [path, ''])) });
  for (const [path, content] of bytes) writeFileSync(join(root, 'drizzle', path), content as Buffer);
  return readFolder(join(root, 'drizzle'), { relativeTo: root, now: NOW, snapshots });
}

const journal = (entries: readonly unknown[], version: unknown = '7') => ({ version, dialect: 'postgresql', entries });
const entry = (tag: string, when = 1000, changes = {}) => ({
  idx: 0,
  version: '7',
  when,
  tag,
  breakpoints: true,
  ...changes,
});

const A = { tag: '0000_a', sql: 'select 1;', when: 1000 };
const B = { tag: '0001_b', sql: 'select 2;', when: 2000 };
const C = { tag: '0002_c', sql: 'select 3;', when: 3000 };

const folder = (...migrations: MigrationFile[]) => migrationFiles(migrations);

describe('a migrations folder', () => {
  test('is read in journal order, with the hash that drizzle-orm computes', () => {
    const { migrations, findings, journal: read_ } = read(folder(A, { ...B, sql: 'é 🎵\r' }));
    expect(migrations).toEqual([
      {
        tag: '0000_a',
        position: 0,
        idx: 0,
        when: 1000,
        path: 'drizzle/0000_a.sql',
        file: { sql: A.sql, hash: sha256(A.sql) },
      },
      {
        tag: '0001_b',
        position: 1,
        idx: 1,
        when: 2000,
        path: 'drizzle/0001_b.sql',
        file: { sql: 'é 🎵\r', hash: sha256('é 🎵\r') },
      },
    ]);
    expect(findings).toEqual([]);
    expect([read_.version, read_.dialect]).toEqual(['7', 'postgresql']);
  });

  test('that is not there, or empty, is an empty history', () => {
    for (const files of [{}, { 'meta/.gitkeep': '' }, { 'notes.md': '' }, { '0000_a.down.sql': '' }]) {
      expect(read(files)).toMatchObject({ migrations: [], findings: [] });
    }
    const missing = join(tmpdir(), 'no', 'such', 'folder');
    expect(readFolder(missing, { relativeTo: '/', now: NOW, snapshots: true }).migrations).toEqual([]);
  });

  test('has down files, which are no migrations and no orphans', () => {
    expect(read({ ...folder(A), '0000_a.down.sql': 'select 0;' })).toMatchObject({
      migrations: [{ tag: '0000_a' }],
      findings: [],
    });
  });

  test.each(['5', '6', '7', 7])('may have a journal of version %j', (version) => {
    expect(
      read({ '0000_a.sql': '', 'meta/_journal.json': journal([entry('0000_a')], version) }).migrations,
    ).toHaveLength(1);
  });

  test('may have a journal with a byte order mark, a numeric string for `when`, and entries without `idx`', () => {
    const text = `\uFEFF${JSON.stringify(journal([{ tag: '0000_a', when: '1000' }]))}`;
    const { migrations } = read({ '0000_a.sql': '', 'meta/_journal.json': text });
    expect(migrations).toMatchObject([{ tag: '0000_a', when: 1000 }]);
  });
});

describe('a finding', () => {
  type FindingCase = readonly [string, Record<string, unknown>, object[]];
  const cases: readonly FindingCase[] = [
    [
      'invalid-entry: an entry without a tag',
      {
        '0000_a.sql': 'select 1;',
        'meta/_journal.json': journal([{ idx: 0, when: 1 }, entry('0000_a', 1000, { idx: 0 })]),
        'meta/0000_snapshot.json': snapshot(0),
      },
      [
        {
          code: 'invalid-entry',
          severity: 'error',
          at: { file: 'drizzle/meta/_journal.json', line: 5 },
          message: 'Entry 0 of the journal has no time, or no tag that names a file of the folder: {"idx":0,"when":1}',
          consequence:
            'drizzle-kit looks for a file called `undefined.sql`, or writes a row without a time, and says nothing.',
          fix: 'Run `migrator repair`: it gives the entry the file or the time that it means, or drops it.',
        },
      ],
    ],
    [
      'invalid-entry: entries without a time, or that are none',
      { 'meta/_journal.json': journal([{ tag: '0000_a' }, { tag: '0001_b', when: 'soon' }, null, 'x']) },
      ['{"tag":"0000_a"}', '{"tag":"0001_b","when":"soon"}', 'null', '"x"'].map((text, position) => ({
        code: 'invalid-entry',
        severity: 'error',
        at: { file: 'drizzle/meta/_journal.json', ...(position < 2 && { line: 5 + 3 * position }) },
        message: `Entry ${position} of the journal has no time, or no tag that names a file of the folder: ${text}`,
        consequence:
          'drizzle-kit looks for a file called `undefined.sql`, or writes a row without a time, and says nothing.',
        fix: 'Run `migrator repair`: it gives the entry the file or the time that it means, or drops it.',
      })),
    ],
    [
      'invalid-entry: tags that lead out of the folder, or hold control characters',
      {
        'meta/_journal.json': journal([
          { tag: '../evil', when: 1 },
          { tag: '/etc/evil', when: 2 },
          { tag: 'a\u001b[31m', when: 3 },
          { tag: 'a/..', when: 4 },
          { tag: 'a\\b', when: 5 },
          { tag: 'a\0', when: 6 },
        ]),
      },
      [
        ['../evil', 1],
        ['/etc/evil', 2],
        ['a\u001b[31m', 3],
        ['a/..', 4],
        ['a\\b', 5],
        ['a\0', 6],
      ].map(([tag, when], position) => ({
        code: 'invalid-entry',
        severity: 'error',
        at: { file: 'drizzle/meta/_journal.json', line: 5 + 4 * position },
        message: `Entry ${position} of the journal has no time, or no tag that names a file of the folder: ${JSON.stringify({ tag, when })}`,
        consequence: 'drizzle-kit runs whatever file the tag leads to.',
        fix: `Let its \`tag\` be the name of a file of the folder, without \`.sql\`, or run \`migrator repair --drop-entry '#${position}'\`.`,
      })),
    ],
    [
      'invalid-entry: control characters that JSON leaves as they are',
      { 'meta/_journal.json': journal([{ tag: 'a\u009b31m\u007f', when: 1 }]) },
      [
        {
          code: 'invalid-entry',
          severity: 'error',
          at: { file: 'drizzle/meta/_journal.json', line: 5 },
          message:
            'Entry 0 of the journal has no time, or no tag that names a file of the folder: {"tag":"a\\u009b31m\\u007f","when":1}',
          consequence: 'drizzle-kit runs whatever file the tag leads to.',
          fix: "Let its `tag` be the name of a file of the folder, without `.sql`, or run `migrator repair --drop-entry '#0'`.",
        },
      ],
    ],
    [
      'not-text: a zero byte',
      { ...folder(A), '0000_a.sql': 'select 1;\nselect \0' },
      [
        {
          code: 'not-text',
          severity: 'error',
          tag: '0000_a',
          at: { file: 'drizzle/0000_a.sql', line: 2 },
          message: '`0000_a` holds a zero byte, which a text in Postgres cannot.',
          consequence: 'The server would refuse it.',
          fix: 'Remove the zero byte; if it is every second one, the file is UTF-16: `migrator repair` writes it as UTF-8.',
        },
      ],
    ],
    ...[
      Buffer.from('\uFEFFselect 1;\r\nselect 2;', 'utf16le'),
      Buffer.from('\uFEFFselect 1;', 'utf16le').swap16(),
      Buffer.from('\uFEFF世界', 'utf16le'),
    ].map(
      (bytes): FindingCase => [
        `not-text: UTF-16 (${bytes.toString('hex')})`,
        { ...folder(A), '0000_a.sql': bytes },
        [
          {
            code: 'not-text',
            severity: 'error',
            tag: '0000_a',
            at: { file: 'drizzle/0000_a.sql', line: 1 },
            message: '`0000_a` is UTF-16, as Windows PowerShell writes it with `>`.',
            consequence: 'The server would refuse it.',
            fix: 'Run `migrator repair`, or save drizzle/0000_a.sql as UTF-8.',
          },
        ],
      ],
    ),
    ...['é\nselect 2;\n', 'é'].map(
      (end): FindingCase => [
        `not-utf8: Latin-1 (${JSON.stringify(end)})`,
        {
          ...folder(A),
          '0000_a.sql': Buffer.concat([Buffer.from('select 1; -- é\n\n-- '), Buffer.from(end, 'latin1')]),
        },
        [
          {
            code: 'not-utf8',
            severity: 'warning',
            tag: '0000_a',
            at: { file: 'drizzle/0000_a.sql', line: 3 },
            message: '`0000_a` is not valid UTF-8.',
            consequence: 'Each wrong byte reaches the database as U+FFFD (\uFFFD), with drizzle-kit as well.',
            fix: 'Save drizzle/0000_a.sql as UTF-8, unless it is applied somewhere as it is.',
          },
        ],
      ],
    ),
    ['none: U+FFFD that stands in the file itself', folder({ ...A, sql: "select '\uFFFD';" }), []],
    [
      'old-journal-version',
      { ...folder(A), 'meta/_journal.json': journal([entry('0000_a')], '6') },
      [
        {
          code: 'old-journal-version',
          severity: 'warning',
          at: { file: 'drizzle/meta/_journal.json' },
          message: 'The journal has version 6; drizzle-kit 0.31 writes version 7.',
          consequence: 'Applying works; drizzle-kit refuses to generate.',
          fix: 'Run `npx drizzle-kit up`.',
        },
      ],
    ],
    [
      'duplicate-prefix',
      folder(A, B, { tag: '0001_x', sql: 'select 4;', when: 3000 }),
      [
        {
          code: 'duplicate-prefix',
          severity: 'warning',
          tag: '0001_x',
          at: { file: 'drizzle/0001_x.sql' },
          message: '`0001_x` and `0001_b` have the same number.',
          consequence:
            'Two branches made them side by side. The next `drizzle-kit generate` may make one of the changes again.',
          fix: 'Check that both changes are in the newest snapshot; renumber the one that no database has yet.',
        },
      ],
    ],
    [
      'duplicate-tag: listed twice with different times',
      folder(A, { ...A, when: 2000 }),
      [
        {
          code: 'duplicate-tag',
          severity: 'error',
          tag: '0000_a',
          at: { file: 'drizzle/0000_a.sql' },
          message: 'The journal lists `0000_a` twice.',
          consequence: 'drizzle-kit runs the file twice on a new database.',
          fix: 'Run `migrator repair`: it keeps the entry that the database knows.',
        },
      ],
    ],
    [
      'duplicate-migration: listed twice with the same time',
      folder(A, A),
      [
        {
          code: 'when-not-increasing',
          severity: 'warning',
          tag: '0000_a',
          at: { file: 'drizzle/meta/_journal.json', line: 16 },
          message: '`0000_a` is stamped 1000, not later than `0000_a` before it (1000).',
          consequence:
            'drizzle-kit skips it, without a word, on every database that already has `0000_a`; a new database gets it.',
          fix: 'If no database has it yet, run `migrator repair --restamp 0000_a`; where it is skipped already, `migrator migrate --out-of-order`.',
        },
        {
          code: 'duplicate-migration',
          severity: 'error',
          tag: '0000_a',
          at: { file: 'drizzle/0000_a.sql' },
          message: 'The journal lists `0000_a` twice.',
          consequence: 'drizzle-kit runs the file twice on a new database.',
          fix: 'Run `migrator repair`: it keeps the entry that the database knows.',
        },
      ],
    ],
    [
      'idx-mismatch',
      { ...folder(A, B), 'meta/_journal.json': journal([entry('0000_a'), entry('0001_b', 2000, { idx: 7 })]) },
      [
        {
          code: 'idx-mismatch',
          severity: 'info',
          tag: '0001_b',
          at: { file: 'drizzle/meta/_journal.json', line: 16 },
          message: '`0001_b` has idx 7 at position 1 of the journal.',
          consequence: 'Nothing reads it but `drizzle-kit generate`, which may give a number twice.',
          fix: 'Leave it; `migrator repair` numbers the entries anew where a number would come twice.',
        },
      ],
    ],
    [
      'identical-files',
      folder(A, { ...B, sql: A.sql }),
      [
        {
          code: 'identical-files',
          severity: 'info',
          tag: '0001_b',
          at: { file: 'drizzle/0001_b.sql' },
          message: '`0001_b` and `0000_a` hold the same bytes.',
          consequence: 'They are told apart by `when`.',
          fix: 'Nothing to do if that is meant.',
        },
      ],
    ],
    [
      'crlf-file',
      folder({ ...A, sql: 'select 1;\r\nselect 2;' }),
      [
        {
          code: 'crlf-file',
          severity: 'warning',
          tag: '0000_a',
          at: { file: 'drizzle/0000_a.sql' },
          message: '`0000_a` has Windows line endings.',
          consequence: 'Its hash differs from that of the same file with Unix line endings on another machine.',
          fix: 'Add `*.sql text eol=lf` to .gitattributes and check the file out again, unless it is applied somewhere as it is.',
        },
      ],
    ],
    [
      'when-not-increasing: measured against the latest one before it, not the last',
      folder({ ...A, when: 9000 }, { ...B, when: 2000 }, { ...C, when: 3000 }),
      [
        ['0001_b', 2000, 16],
        ['0002_c', 3000, 23],
      ].map(([tag, when, line]) => ({
        code: 'when-not-increasing',
        severity: 'warning',
        tag,
        at: { file: 'drizzle/meta/_journal.json', line },
        message: `\`${tag}\` is stamped ${when}, not later than \`0000_a\` before it (9000).`,
        consequence:
          'drizzle-kit skips it, without a word, on every database that already has `0000_a`; a new database gets it.',
        fix: `If no database has it yet, run \`migrator repair --restamp ${tag}\`; where it is skipped already, \`migrator migrate --out-of-order\`.`,
      })),
    ],
    [
      'when-in-future',
      folder(A, { ...B, when: Date.UTC(2522, 0, 1) }),
      [
        {
          code: 'when-in-future',
          severity: 'warning',
          tag: '0001_b',
          at: { file: 'drizzle/meta/_journal.json', line: 16 },
          message: '`0001_b` is stamped 2522-01-01, which lies in the future.',
          consequence: 'drizzle-kit will skip, without a word, everything generated until then once this is applied.',
          fix: 'Run `migrator repair`: it brings it back between its neighbours, in the journal and in the row.',
        },
      ],
    ],
    [
      'file-missing',
      {
        ...folder(A),
        'meta/_journal.json': journal([entry('0000_a'), entry('0001_b', 2000, { idx: 1 })]),
        'meta/0001_snapshot.json': snapshot(1),
      },
      [
        {
          code: 'file-missing',
          severity: 'error',
          tag: '0001_b',
          at: { file: 'drizzle/0001_b.sql' },
          message: 'The journal lists `0001_b`, but its file does not exist.',
          consequence:
            'drizzle-kit stops without a word, even where the migration is applied already. No new database can be made.',
          fix: 'Run `migrator repair`: it restores the file from git or from the log, or drops the entry if nobody can have applied it; where it finds no text, it says who else may have one. `git log --all -- drizzle/0001_b.sql` shows the commits that had it; `migrator repair --drop-entry 0001_b` drops the entry in any case.',
        },
      ],
    ],
    [
      'orphan-file',
      { ...folder(A), '0009_by_hand.sql': 'select 1;' },
      [
        {
          code: 'orphan-file',
          severity: 'warning',
          at: { file: 'drizzle/0009_by_hand.sql' },
          message: '0009_by_hand.sql is in the folder but not in the journal: it never runs.',
          consequence: 'drizzle-kit ignores it without a word, on new and on old databases.',
          fix: 'Run `migrator repair`: it gives it an entry at its right place; or move the file away.',
        },
      ],
    ],
    [
      'snapshot-missing: a warning for the newest, a note for an older one',
      Object.fromEntries(Object.entries(folder(A, B, C)).filter(([path]) => !/000[02]_snap/.test(path))),
      [
        {
          code: 'snapshot-chain-broken',
          severity: 'warning',
          at: { file: 'drizzle/meta/0001_snapshot.json' },
          message: '0001_snapshot.json follows a snapshot that is not there (00000000-0000-0000-0000-000000000001).',
          consequence:
            'The states between two migrations can no longer be told; `generate` still works from the newest.',
          fix: 'Run `migrator repair`: it lets each follow the one before it in the journal.',
        },
        {
          code: 'snapshot-missing',
          severity: 'info',
          tag: '0000_a',
          at: { file: 'drizzle/meta/0000_snapshot.json' },
          message: '`0000_a` has no snapshot.',
          consequence: 'What it changed can only be told by running it.',
          fix: 'Nothing to do: only the newest one is needed. Version control may have it.',
        },
        {
          code: 'snapshot-missing',
          severity: 'warning',
          tag: '0002_c',
          at: { file: 'drizzle/meta/0002_snapshot.json' },
          message: '`0002_c` has no snapshot.',
          consequence: 'The next `drizzle-kit generate` will make its changes again.',
          fix: 'Restore the snapshot from version control, or run `migrator repair`: it builds it from what the files do.',
        },
      ],
    ],
    [
      'snapshot-malformed',
      { ...folder(A), 'meta/0000_snapshot.json': '<<<<<<< HEAD' },
      [
        {
          code: 'snapshot-malformed',
          severity: 'warning',
          at: { file: 'drizzle/meta/0000_snapshot.json' },
          message: '0000_snapshot.json is not a snapshot: it has no `id`.',
          consequence: '`drizzle-kit generate` stops, with exit code 0.',
          fix: 'Restore it from version control, or run `migrator repair`.',
        },
      ],
    ],
    [
      'snapshot-fork',
      {
        ...folder(A, B, C),
        'meta/0002_snapshot.json': { ...snapshot(2), prevId: (snapshot(1) as { prevId: string }).prevId },
      },
      [
        {
          code: 'snapshot-fork',
          severity: 'warning',
          at: { file: 'drizzle/meta/0002_snapshot.json' },
          message: '0002_snapshot.json and 0001_snapshot.json both follow the same snapshot.',
          consequence: 'Two branches were merged: `drizzle-kit generate` refuses, with exit code 0.',
          fix: 'Run `migrator repair`: it chains them; where the branches are not merged yet, `migrator rebase`.',
        },
      ],
    ],
    [
      'file-case',
      Object.fromEntries(
        Object.entries(folder(A)).map(([path, text]) => [path === '0000_a.sql' ? '0000_A.sql' : path, text]),
      ),
      [
        {
          code: 'file-case',
          severity: 'error',
          tag: '0000_a',
          at: { file: 'drizzle/0000_a.sql' },
          message: 'The journal lists `0000_a`, but the file is spelled 0000_A.sql.',
          consequence: 'macOS and Windows find it, Linux does not: there drizzle-kit stops without a word.',
          fix: 'Run `migrator repair`: it renames the file.',
        },
      ],
    ],
    ...['', '-- nothing yet\n/* or\never */\n--> statement-breakpoint\n'].map(
      (sql): FindingCase => [
        `empty-file: ${JSON.stringify(sql)}`,
        folder({ ...A, sql }),
        [
          {
            code: 'empty-file',
            severity: 'info',
            tag: '0000_a',
            at: { file: 'drizzle/0000_a.sql' },
            message: '`0000_a` has no statement.',
            consequence:
              'It counts as applied once it has run, with drizzle-kit as well; what is written into it later never runs.',
            fix: 'Nothing to do if that is meant; else put the SQL into a new migration.',
          },
        ],
      ],
    ),
    ...[1.5, 1e30].map(
      (when): FindingCase => [
        `when-invalid: ${when}`,
        folder({ ...A, when }),
        [
          {
            code: 'when-invalid',
            severity: 'error',
            tag: '0000_a',
            at: { file: 'drizzle/meta/_journal.json', line: 9 },
            message: `\`0000_a\` is stamped ${when}, which no row can hold: it is no whole number of milliseconds.`,
            consequence:
              'drizzle-kit runs the file and fails when it writes the row, or rounds and takes it for another one.',
            fix: 'Run `migrator repair`: no database has it, so it gets a time of its own.',
          },
        ],
      ],
    ),
    [
      'when-typed: a whole second among others that are none',
      folder({ ...A, when: 1_700_000_000_123 }, { ...B, when: 1_700_000_001_000 }, { ...C, when: 1_700_000_002_345 }),
      [
        {
          code: 'when-typed',
          severity: 'info',
          tag: '0001_b',
          at: { file: 'drizzle/meta/_journal.json', line: 16 },
          message: '`0001_b` is stamped 1700000001000: a time that somebody has typed.',
          consequence: 'Typed times are what makes drizzle-kit skip migrations, when branches are merged.',
          fix: 'Nothing to do where it is later than the one before it.',
        },
      ],
    ],
    [
      'snapshot-cycle',
      { ...folder(A, B), 'meta/0001_snapshot.json': { ...snapshot(1), prevId: (snapshot(1) as { id: string }).id } },
      [
        {
          code: 'snapshot-cycle',
          severity: 'warning',
          at: { file: 'drizzle/meta/0001_snapshot.json' },
          message: '0001_snapshot.json follows itself.',
          consequence: 'No first snapshot can be told, so none of them has a place in the chain.',
          fix: 'Run `migrator repair`: it lets each follow the one before it in the journal.',
        },
      ],
    ],
    [
      'snapshot-orphan',
      { ...folder(A), 'meta/0001_snapshot.json': snapshot(1) },
      [
        {
          code: 'snapshot-orphan',
          severity: 'warning',
          at: { file: 'drizzle/meta/0001_snapshot.json' },
          message: '0001_snapshot.json belongs to no migration of the journal.',
          consequence: '`drizzle-kit generate` takes the last file for the newest state, whatever the journal says.',
          fix: 'Run `migrator repair`: it removes it, or gives its migration an entry.',
        },
      ],
    ],
    [
      'snapshot-duplicate-id',
      { ...folder(A, B), 'meta/0001_snapshot.json': { ...snapshot(1), id: (snapshot(0) as { id: string }).id } },
      [
        {
          code: 'snapshot-duplicate-id',
          severity: 'warning',
          at: { file: 'drizzle/meta/0001_snapshot.json' },
          message: '0001_snapshot.json has the same id as 0000_snapshot.json.',
          consequence: '`drizzle-kit generate` cannot tell which one comes last.',
          fix: 'Run `migrator repair`: it gives each an id of its own and chains them anew.',
        },
      ],
    ],
  ];

  test.each(cases)('%s', (_, files, findings) => {
    expect(read(files).findings).toEqual(findings);
  });

  test('about bytes that are no UTF-8 leaves the hash that drizzle-orm computes, of the decoded text', () => {
    const { migrations } = read({ ...folder(A), '0000_a.sql': Buffer.from("select 'é'", 'latin1') });
    expect(migrations[0]?.file).toEqual({ sql: "select '\uFFFD'", hash: sha256("select '\uFFFD'") });
  });

  test('about snapshots is not looked for by `migrate`', () => {
    expect(read({ ...folder(A), 'meta/0000_snapshot.json': 'broken' }, false).findings).toEqual([]);
  });

  test('about a stamp that no calendar has is told all the same', () => {
    expect(read(folder({ ...A, when: 9e15 })).findings).toMatchObject([{ code: 'when-in-future' }]);
  });

  test('is the same for a snapshot of megabytes, of which only the head is read, and for one with its links at the end', () => {
    const tables = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`public.t${n}`, { name: `t${n}` }]));
    const { id, prevId } = snapshot(0) as { id: string; prevId: string };
    expect(read({ ...folder(A), 'meta/0000_snapshot.json': { id, prevId, tables } }).findings).toEqual([]);
    expect(read({ ...folder(A), 'meta/0000_snapshot.json': { tables, id, prevId } }).findings).toEqual([]);
  });
});

describe('a journal that cannot be read is one error with its place', () => {
  const failure = (text: string) => {
    try {
      read({ '0000_a.sql': '', 'meta/_journal.json': text });
    } catch (error) {
      if (error instanceof MigratorError) return [error.code, error.where, error.fix];
    }
    return undefined;
  };
  const restore =
    'Restore it: `git checkout -- drizzle/meta/_journal.json`; or run `migrator repair`, which keeps the entries that can be read.';
  const file = 'drizzle/meta/_journal.json';
  const valid = JSON.stringify(journal([entry('0000_a')]), null, 2);

  test.each<[string, string, string, string, string]>([
    [
      'a comma after the last entry',
      valid.replace('}\n  ]', '},\n  ]'),
      'journal-malformed',
      `${file}:11`,
      'Run `migrator repair`, or remove the comma before the closing bracket.',
    ],
    [
      'a comma after the last field',
      valid.replace('true', 'true,'),
      'journal-malformed',
      `${file}:10`,
      'Run `migrator repair`, or remove the comma before the closing bracket.',
    ],
    [
      'marks of a merge',
      valid.replace('  "entries"', '<<<<<<< HEAD\n  "entries"'),
      'journal-malformed',
      `${file}:4`,
      'Run `migrator rebase`: it keeps the entries of both sides, one behind the other.',
    ],
    ['it ends in the middle of an entry', valid.slice(0, 120), 'journal-malformed', `${file}:8`, restore],
    ['it ends before the last bracket', valid.trimEnd().slice(0, -1), 'journal-malformed', `${file}:12`, restore],
    ['it ends inside a string', '{\n"version": "7', 'journal-malformed', `${file}:2`, restore],
    ['it is empty', '', 'journal-malformed', file, restore],
    ['it is not JSON', 'version: 7', 'journal-malformed', file, restore],
    [
      'it is a list',
      '[]',
      'journal-malformed',
      file,
      'Restore it from version control: `git checkout -- drizzle/meta/_journal.json`.',
    ],
    [
      'it has no entries',
      '{"version":"7"}',
      'journal-malformed',
      file,
      'Restore it from version control: `git checkout -- drizzle/meta/_journal.json`.',
    ],
    [
      'its version is too old',
      JSON.stringify(journal([], '4')),
      'journal-version',
      file,
      'Run `npx drizzle-kit up` to bring the folder up to date.',
    ],
    ['its version is too new', JSON.stringify(journal([], '8')), 'journal-version', file, 'Update @melodia/migrator.'],
    [
      'it is for SQLite',
      JSON.stringify({ ...journal([]), dialect: 'sqlite' }),
      'unsupported-dialect',
      file,
      'Point `out` in drizzle.config.ts at a folder of PostgreSQL migrations.',
    ],
  ])('%s', (_, text, code, where, fix) => {
    expect(failure(text)).toEqual([code, where, fix]);
  });

  test('it is missing beside SQL files', () => {
    expect(() => read({ '0000_a.sql': '' })).toThrow(
      '1 SQL file but no journal: without meta/_journal.json nothing says which of them run, and in what order.',
    );
  });

  test('the folder is a file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'migrator-folder-')), 'drizzle');
    onTestFinished(() => rmSync(join(path, '..'), { recursive: true, force: true }));
    writeFileSync(path, '');
    expect(() => readFolder(path, { relativeTo: '/', now: NOW, snapshots: true })).toThrow(
      /^The migrations cannot be read: ENOTDIR/,
    );
  });
});
