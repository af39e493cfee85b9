import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { makeProject, writeFiles } from '../setup/project.js';

const HISTORY = {
  '0000_songs': 'CREATE TABLE songs (id bigint PRIMARY KEY, title text);',
  '0001_title_index': '-- by title\nCREATE INDEX songs_title_idx ON songs (title);\n',
};

function setup(migrations: Readonly<Record<string, string>> = HISTORY, own: object = {}) {
  const project = makeProject({ url: 'postgres://nobody@localhost:1/none' }, migrations);
  const downs = Object.keys(migrations).map((tag) => [`drizzle/${tag}.down.sql`, '-- migrator: irreversible test\n']);
  writeFiles(project.root, {
    ...Object.fromEntries(downs),
    'drizzle.config.json': { dialect: 'postgresql', out: './drizzle', migrator: own },
  });
  return {
    ...project,
    check: (...argv: string[]) => runCli(project.root, 'check', '--skip-rehearsal', ...argv),
    read: (tag: string) => readFileSync(join(project.root, `drizzle/${tag}.sql`), 'utf8'),
  };
}

/** As GitHub Actions sets it. */
function inActions(root: string): string {
  const summary = join(root, 'summary.md');
  const before = { ...process.env };
  Object.assign(process.env, {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_WORKSPACE: join(root, '..'),
  });
  onTestFinished(() => {
    for (const name of ['GITHUB_ACTIONS', 'GITHUB_STEP_SUMMARY', 'GITHUB_WORKSPACE']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  return summary;
}

test('the text shows the statement, with the place marked', async () => {
  const { exitCode, out } = await setup().check();
  expect(exitCode).toBe(3);
  expect(out).toMatchInlineSnapshot(`
    "  ✗ Building this index keeps all writes to \`songs\` waiting. [index-blocks-writes]
        at drizzle/0001_title_index.sql:2

          1 | -- by title
        > 2 | CREATE INDEX songs_title_idx ON songs (title);
            |                                 ^
          3 |

        Every INSERT, UPDATE and DELETE on the table waits while all of it is read.
        Fix: CREATE INDEX CONCURRENTLY, which runs outside of a transaction; migrator sees that by itself.
        More: docs/rules/index-blocks-writes.md

    1 fault. 2 migrations; 0 proven up, down and up again.
    "
  `);
});

test('--json is as docs/check-json.md says', async () => {
  const { json } = await setup().check('--json');
  expect(json).toEqual({
    command: 'check',
    ok: false,
    migrations: 2,
    checked: ['0000_songs', '0001_title_index'],
    rehearsals: [],
    classifications: [],
    trips: [],
    findings: [
      {
        code: 'index-blocks-writes',
        severity: 'error',
        tag: '0001_title_index',
        at: { file: 'drizzle/0001_title_index.sql', line: 2, column: 33 },
        message: 'Building this index keeps all writes to `songs` waiting.',
        consequence: 'Every INSERT, UPDATE and DELETE on the table waits while all of it is read.',
        fix: 'CREATE INDEX CONCURRENTLY, which runs outside of a transaction; migrator sees that by itself.',
        docs: 'docs/rules/index-blocks-writes.md',
        table: 'public.songs',
        statement: 0,
        fixable: true,
      },
    ],
  });
  const page = readFileSync(new URL('../../../../docs/check-json.md', import.meta.url), 'utf8');
  const [, example = ''] = /```json\n([\s\S]*?)\n```/.exec(page) ?? [];
  expect(JSON.parse(example)).toEqual(json);
});

describe('in GitHub Actions', () => {
  test('annotations and a step summary come with the text', async () => {
    const { check, root } = setup();
    const summary = inActions(root);
    const { out } = await check();
    const folder = root.split('/').at(-1) ?? '';
    expect(
      out
        .split('\n')
        .filter((line) => line.startsWith('::'))
        .join('\n')
        .replaceAll(folder, '<folder>'),
    ).toMatchInlineSnapshot(
      `"::error file=<folder>/drizzle/0001_title_index.sql,line=2,col=33,title=index-blocks-writes::Building this index keeps all writes to \`songs\` waiting.%0AEvery INSERT, UPDATE and DELETE on the table waits while all of it is read.%0AFix: CREATE INDEX CONCURRENTLY, which runs outside of a transaction; migrator sees that by itself."`,
    );
    expect(readFileSync(summary, 'utf8')).toMatchInlineSnapshot(`
      "## ❌ migrator check

      2 migrations; 1 error, 0 warnings, 0 notes; 0 proven up, down and up again.

      ### ❌ index-blocks-writes · \`drizzle/0001_title_index.sql:2\`

      Building this index keeps all writes to \`songs\` waiting.

      \`\`\`\`sql
        1 | -- by title
      > 2 | CREATE INDEX songs_title_idx ON songs (title);
          |                                 ^
        3 |
      \`\`\`\`

      Every INSERT, UPDATE and DELETE on the table waits while all of it is read.

      **Fix:** CREATE INDEX CONCURRENTLY, which runs outside of a transaction; migrator sees that by itself.
      "
    `);
  });

  test('--format github prints nothing else, and names what it must escape', async () => {
    const { check } = setup({
      '0000_a': 'DROP TABLE IF EXISTS "100%, or: more";\nCREATE TABLE "100%, or: more" (id bigint);',
    });
    expect((await check('--format', 'github')).out).toMatchInlineSnapshot(`
      "::error file=drizzle/0000_a.sql,line=1,col=1,title=create-table-if-exists-drop::\`100%25, or: more\` is dropped and made anew, and its rows are lost.%0AAll of its rows are lost, silently where it says IF EXISTS.%0AFix: Change the table with ALTER TABLE; or make the new one beside it, copy the rows, and swap the names.
      "
    `);
  });
});

test('--format markdown is the step summary', async () => {
  const { check, root } = setup();
  const summary = inActions(root);
  const { out } = await check('--format', 'markdown');
  await check('--format', 'github');
  expect(readFileSync(summary, 'utf8')).toBe(out);
});

test('--format sarif is valid SARIF 2.1.0', async () => {
  const { out } = await setup({ ...HISTORY, '0002_drop': 'DROP TABLE songs;' }).check('--format', 'sarif');
  const log = JSON.parse(out) as { runs: { results: { ruleId: string; locations: unknown }[] }[] };
  const schema: unknown = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(schema as object);
  expect([isValid(log), isValid.errors]).toEqual([true, null]);
  expect(isValid({ ...log, version: '2.0.0' })).toBe(false);
  expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(['index-blocks-writes', 'drop-table']);
  expect(log.runs[0]?.results[0]?.locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: 'drizzle/0001_title_index.sql', uriBaseId: 'SRCROOT' },
        region: { startLine: 2, startColumn: 33 },
      },
    },
  ]);
});

describe('what is linted', () => {
  test('`since` of the config names the last migration that is history', async () => {
    expect((await setup(HISTORY, { lint: { since: '0001_title_index' } }).check()).exitCode).toBe(0);
    expect((await setup(HISTORY, { lint: { since: '0000_songs' } }).check()).exitCode).toBe(3);
    const { exitCode, err } = await setup(HISTORY, { lint: { since: '0001_title' } }).check();
    expect([exitCode, err]).toEqual([2, expect.stringContaining('Did you mean `0001_title_index`?')]);
  });

  test('--skip-lint, presets, single rules and the target version', async () => {
    const { check } = setup();
    const codes = async (...argv: string[]) => {
      const { json } = await check('--json', ...argv);
      return (json.findings as { code: string; severity: string }[]).map(({ code, severity }) => `${code} ${severity}`);
    };
    expect(await codes('--skip-lint')).toEqual([]);
    expect(await codes('--preset', 'off')).toEqual([]);
    expect(await codes('--rule', 'index-blocks-writes=warning')).toEqual(['index-blocks-writes warning']);
    expect(await codes('--rule', 'index-blocks-writes=off', '--rule', 'unqualified-table=info')).toEqual([
      'unqualified-table info',
      'unqualified-table info',
    ]);
    const { exitCode, err } = await check('--rule', 'index-block-writes=off', '--target-version', '9.6');
    expect(exitCode).toBe(2);
    expect(err).toContain('there is no rule `index-block-writes`; did you mean `index-blocks-writes`?');
    expect(err).toContain('`--target-version` must be a version from 12 on');
  });

  test('the faults of the config are told together', async () => {
    const own = {
      postgresVersion: 'new',
      lint: { preset: 'all', rules: { 'drop-tabel': 'off', serial: 'loud' }, sinse: 'x', customRules: [{ id: 'x' }] },
    };
    const { exitCode, err } = await setup(HISTORY, own).check();
    expect(exitCode).toBe(2);
    for (const fault of [
      "`migrator.postgresVersion` must be a version from 12 on, such as `'16'` or `'16.4'`.",
      '`migrator.lint.sinse` is no known field; did you mean `since`?',
      '`migrator.lint.preset` must be one of `recommended`, `strict`, `drizzle-kit`, `off`.',
      '`migrator.lint.rules`: there is no rule `drop-tabel`; did you mean `drop-table`?',
      '`migrator.lint.rules`: the severity of `serial` must be one of `error`, `warning`, `info`, `off`.',
      '`migrator.lint.customRules[0]` lacks `title`.',
    ])
      expect(err).toContain(fault);
  });

  test('tables that only a snapshot knows have their types', async () => {
    const { root, check } = setup({
      '0000_pulled': '/* CREATE TABLE … */',
      '0001_longer': 'ALTER TABLE songs ALTER COLUMN code TYPE varchar(40);',
    });
    const column = { name: 'code', type: 'varchar(20)', primaryKey: false, notNull: false };
    const table = { name: 'songs', schema: '', columns: { code: column } };
    const path = 'drizzle/meta/0000_snapshot.json';
    const snapshot = JSON.parse(readFileSync(join(root, path), 'utf8')) as object;
    expect((await check()).exitCode).toBe(3);
    writeFiles(root, { [path]: { ...snapshot, tables: { 'public.songs': table } } });
    expect((await check()).exitCode).toBe(0);
  });
});

test('--stats-from reads how large the tables are, --stats-out keeps it, --stats reads it', async () => {
  const database = await createDatabase();
  await database.query(`create table songs (id bigint primary key, title text);
    insert into songs select n, repeat('x', 500) from generate_series(1, 30000) n; analyze songs`);
  const { check, root } = setup();
  const first = await check('--json', '--stats-from', database.url, '--stats-out', 'sizes.json');
  expect(first.json.findings).toEqual([
    expect.objectContaining({ severity: 'error', message: expect.stringMatching(/waiting \(\d+ MB, 30000 rows\)\.$/) }),
  ]);
  const second = await check('--json', '--stats', 'sizes.json');
  expect(second.json).toEqual(first.json);
  await database.query('truncate songs; analyze songs');
  expect((await check('--stats-from', database.url)).exitCode).toBe(0);
  writeFiles(root, { 'sizes.json': { version: 2 } });
  const { exitCode, err } = await check('--stats', 'sizes.json');
  expect([exitCode, err]).toEqual([2, expect.stringContaining('The file of table sizes cannot be read')]);
});

describe('--fix', () => {
  const fix = (project: ReturnType<typeof setup>, ...argv: string[]) =>
    project.check('--fix', '--scratch-url', inject('serverUrl'), ...argv);

  test('writes the safe form into what a database does not have yet, and proves it', async () => {
    const database = await createDatabase();
    const project = setup({ ...HISTORY, '0002_more': 'CREATE INDEX songs_id_idx ON songs (id);' });
    await runCli(project.root, 'migrate', '--url', database.url, '--to', '0001_title_index');
    const { out } = await fix(project, '--url', database.url);
    expect(out).toContain('drizzle/0002_more.sql: index-blocks-writes (line 1)');
    expect(out).toContain('1 migration with more to mend may be applied already, and stays as it is: 0001_title_index');
    expect(project.read('0002_more')).toBe('CREATE INDEX CONCURRENTLY songs_id_idx ON songs (id);');
    expect(project.read('0001_title_index')).toBe(HISTORY['0001_title_index']);
  });

  test('writes nothing where nothing tells what is applied', async () => {
    const project = setup();
    const { exitCode, err } = await fix(project);
    expect([exitCode, err]).toEqual([
      2,
      expect.stringContaining('Nothing tells which migrations are applied somewhere'),
    ]);
    expect(project.read('0001_title_index')).toBe(HISTORY['0001_title_index']);
  });

  test('leaves a file that cannot be tried', async () => {
    const database = await createDatabase();
    const sql = 'CREATE INDEX songs_late_idx ON songs (late);';
    const project = setup({ '0000_songs': 'CREATE TABLE songs (id bigint PRIMARY KEY);', '0001_late': sql });
    const { out } = await fix(project, '--url', database.url);
    expect(out).toContain(
      'drizzle/0001_late.sql is left as it is: on a scratch database it fails: `0001_late` failed in statement 1 of 1: column "late" does not exist (42703).\n',
    );
    expect(project.read('0001_late')).toBe(sql);
  });
});

test('what generate writes is clean: in safe forms, or parked', async () => {
  const root = makeDrizzleFolder();
  const head = `import { check, index, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';\nimport { sql } from 'drizzle-orm';\n`;
  writeFiles(root, {
    'schema.ts': `${head}
      export const users = pgTable('users', { id: integer().primaryKey(), name: text() });
      export const songs = pgTable('songs', { id: integer().primaryKey(), title: text(), old: text(), userId: integer() });
      export const gone = pgTable('gone', { id: integer().primaryKey() });\n`,
    'drizzle.config.json': { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' },
  });
  const run = (...argv: string[]) => runCli(root, ...argv, '--scratch-url', inject('serverUrl'));
  expect((await run('generate', 'create_songs')).exitCode).toBe(0);
  writeFiles(root, {
    'schema.ts': `${head}
      export const users = pgTable('users', { id: integer().primaryKey(), name: text() });
      export const songs = pgTable('songs', {
        id: integer().primaryKey(), title: text().notNull(), userId: integer().references(() => users.id),
        token: uuid().notNull().defaultRandom(), plays: integer().notNull().default(0),
      }, (t) => [index().on(t.plays), unique().on(t.title), check('plays_check', sql\`\${t.plays} >= 0\`)]);\n`,
  });
  expect((await run('generate', 'improve_songs', '--no-renames')).exitCode).toBe(0);
  const { json } = await run('check', '--skip-rehearsal', '--json');
  expect(json.findings).toEqual([]);
});
