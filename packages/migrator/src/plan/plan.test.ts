import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../core/hash.js';
import type { AppliedRow, Finding, LogEntry, Migration, Plan, PlanOptions } from '../core/types.js';
import { folderFindings } from '../folder/folder-findings.js';
import { loadParser } from '../sql/parse.js';
import { splitStatements } from '../sql/split.js';
import { compare } from './compare.js';
import { planUp } from './plan.js';

beforeAll(loadParser);

/** What files say in these tables; any other word is a file with one harmless statement. */
const TEXTS: Readonly<Record<string, string>> = {
  empty: '',
  three: 'select 1;\nselect 2;\nselect 3;\n',
  threeEdited: 'select 1;\nselect 22;\nselect 3;\n',
  threeSpaced: '-- a comment more\nselect 1;\n\n\nselect 2;\n\nselect 3;',
  threeAppended: 'select 1;\nselect 2;\nselect 33;\n',
  one: 'select 1;\n',
  concurrently: 'create table t (a int);\ncreate index concurrently i on t (a);\n',
  vacuum: 'vacuum;',
  enumUsed: `alter type mood add value 'ok';\ninsert into moods values ('ok');\n`,
  enumOnly: `alter type mood add value 'ok';\n`,
  ownCommit: 'create table t (a int);\ncommit;\n',
  directive: '-- migrator: no-transaction\nselect 1;\nselect 2;\n',
};
const textOf = (name: string) => TEXTS[name] ?? `select '${name}';\n`;

/** `b@2`: migration `b`, stamped 2. `b:vacuum@2`: with the text called `vacuum`. `b:-@2`: without its file. */
function filesOf(text: string): Migration[] {
  return words(text).map((word, position) => {
    const [, tag = '', content = tag, when] = /^(\w+)(?::(.+))?@(-?\d+)$/.exec(word) ?? [];
    const sql = textOf(content);
    const file = content === '-' ? {} : { file: { sql, hash: sha256(sql) } };
    return { tag, position, idx: position, when: Number(when), path: `drizzle/${tag}.sql`, ...file };
  });
}

function rowsOf(text: string): AppliedRow[] {
  return words(text).map((word, index) => {
    const [content = '', when] = word.split('@');
    return { id: index + 1, hash: sha256(textOf(content)), createdAt: when === 'null' ? null : Number(when) };
  });
}

const words = (text: string) => text.split(' ').filter(Boolean);

/** `--to b --atomic` */
function optionsOf(flags: string): PlanOptions {
  const list = words(flags);
  const after = (flag: string) => (list.includes(flag) ? list[list.indexOf(flag) + 1] : undefined);
  const [to, force] = [after('--to'), after('--force')];
  return {
    atomic: list.includes('--atomic'),
    outOfOrder: list.includes('--out-of-order'),
    allowEdited: list.includes('--allow-edited'),
    ...(to !== undefined && { to }),
    ...(force !== undefined && { force }),
  };
}

interface Case {
  readonly name: string;
  readonly files: string;
  readonly rows: string;
  readonly flags?: string;
  readonly log?: LogEntry[];
  readonly folder?: boolean;
}

function planOf({ files, rows, flags = '', log = [], folder = false }: Omit<Case, 'name'>): Plan {
  const migrations = filesOf(files);
  const findings = folder ? findingsOfFolder(migrations) : [];
  return planUp(compare(migrations, { tableExists: true, rows: rowsOf(rows), log }), findings, optionsOf(flags));
}

function findingsOfFolder(migrations: readonly Migration[]): Finding[] {
  const journal = { version: '7', dialect: 'postgresql', entries: [], invalid: [] };
  const shown = (path: string) => `drizzle/${path}`;
  return folderFindings({ journal, migrations, sqlFiles: [], heads: undefined, shown, now: 1_000 });
}

/** `b c`, or `b from 2` where it goes on at the second statement. */
const stepsOf = ({ steps }: Plan) =>
  steps.map(({ tag, startAt }) => (startAt > 0 ? `${tag} from ${startAt + 1}` : tag)).join(' ');

/** `error out-of-order b` */
const findingsOf = ({ findings }: Plan) =>
  findings.map(({ severity, code, tag }) => [severity, code, tag].filter(Boolean).join(' ')).join(', ');

describe('a plan', () => {
  test.each`
    name                                                      | files                     | rows          | flags                      | steps      | findings
    ${'of nothing is empty'}                                  | ${''}                     | ${''}         | ${''}                      | ${''}      | ${''}
    ${'for a fresh database has everything'}                  | ${'a@1 b@2'}              | ${''}         | ${''}                      | ${'a b'}   | ${''}
    ${'for an up-to-date database is empty'}                  | ${'a@1 b@2'}              | ${'a@1 b@2'}  | ${''}                      | ${''}      | ${''}
    ${'has what is pending'}                                  | ${'a@1 b@2 c@3'}          | ${'a@1'}      | ${''}                      | ${'b c'}   | ${''}
    ${'runs in journal order, not in the order of stamps'}    | ${'a@3 b@1 c@2'}          | ${''}         | ${''}                      | ${'a b c'} | ${''}
    ${'ends with --to'}                                       | ${'a@1 b@2 c@3'}          | ${''}         | ${'--to b'}                | ${'a b'}   | ${''}
    ${'is empty when --to is applied'}                        | ${'a@1 b@2 c@3'}          | ${'a@1 b@2'}  | ${'--to b'}                | ${''}      | ${''}
    ${'stops at a migration that is out of order'}            | ${'a@1 b@2 c@3'}          | ${'a@1 c@3'}  | ${''}                      | ${'b'}     | ${'error out-of-order b'}
    ${'stops at one with the stamp of the newest row'}        | ${'a@1 b@1'}              | ${'a@1'}      | ${''}                      | ${'b'}     | ${'error out-of-order b'}
    ${'names each that is out of order'}                      | ${'a@1 b@2 c@3 d@4'}      | ${'c@3'}      | ${''}                      | ${'a b d'} | ${'error out-of-order a, error out-of-order b'}
    ${'applies it with --out-of-order'}                       | ${'a@1 b@2 c@3'}          | ${'a@1 c@3'}  | ${'--out-of-order'}        | ${'b'}     | ${'info out-of-order b'}
    ${'applies it in journal order with what is pending'}     | ${'a@1 b@2 c@3 d@4'}      | ${'a@1 c@3'}  | ${'--out-of-order'}        | ${'b d'}   | ${'info out-of-order b'}
    ${'lets one out of order behind --to be'}                 | ${'a@1 b@9 c@3'}          | ${'b@9'}      | ${'--to a --out-of-order'} | ${'a'}     | ${'info out-of-order a'}
    ${'stops at an edited migration'}                         | ${'a:x@1 b@2'}            | ${'a@1'}      | ${''}                      | ${'b'}     | ${'error edited-migration a'}
    ${'stops at an edited one even if nothing is pending'}    | ${'a:x@1'}                | ${'a@1'}      | ${''}                      | ${''}      | ${'error edited-migration a'}
    ${'goes on with --allow-edited, and never runs it again'} | ${'a:x@1 b@2'}            | ${'a@1'}      | ${'--allow-edited'}        | ${'b'}     | ${'warning edited-migration a'}
    ${'warns of a changed stamp and does not run it again'}   | ${'a@9 b@10'}             | ${'a@1'}      | ${''}                      | ${'b'}     | ${'warning restamped-migration a'}
    ${'warns of a row without a time'}                        | ${'a@1 b@2'}              | ${'a@null'}   | ${''}                      | ${'b'}     | ${'warning restamped-migration a'}
    ${'warns of a row without a file'}                        | ${'a@1'}                  | ${'a@1 z@2'}  | ${''}                      | ${''}      | ${'warning unknown-row'}
    ${'says both: an unknown row hides a new file'}           | ${'a@1 b@2'}              | ${'a@1 z@9'}  | ${''}                      | ${'b'}     | ${'error out-of-order b, warning unknown-row'}
    ${'runs the second of two identical files'}               | ${'a:x@1 b:x@2'}          | ${'x@1'}      | ${''}                      | ${'b'}     | ${''}
    ${'runs both of two identical files on a fresh database'} | ${'a:x@1 b:x@2'}          | ${''}         | ${''}                      | ${'a b'}   | ${''}
    ${'has an empty file as a step: it is to be recorded'}    | ${'a:empty@1'}            | ${''}         | ${''}                      | ${'a'}     | ${''}
    ${'of one transaction takes plain files'}                 | ${'a@1 b:enumOnly@2'}     | ${''}         | ${'--atomic'}              | ${'a b'}   | ${''}
    ${'of one transaction refuses CONCURRENTLY'}              | ${'a@1 b:concurrently@2'} | ${''}         | ${'--atomic'}              | ${'a b'}   | ${'error not-atomic b'}
    ${'of one transaction refuses VACUUM'}                    | ${'a:vacuum@1'}           | ${''}         | ${'--atomic'}              | ${'a'}     | ${'error not-atomic a'}
    ${'of one transaction refuses a new enum value in use'}   | ${'a:enumUsed@1'}         | ${''}         | ${'--atomic'}              | ${'a'}     | ${'error not-atomic a'}
    ${'of one transaction refuses a COMMIT in a file'}        | ${'a:ownCommit@1'}        | ${''}         | ${'--atomic'}              | ${'a'}     | ${'error not-atomic a'}
    ${'of one transaction refuses the directive'}             | ${'a:directive@1'}        | ${''}         | ${'--atomic'}              | ${'a'}     | ${'error not-atomic a'}
    ${'of one transaction minds only what will run'}          | ${'a:vacuum@1 b@2'}       | ${'vacuum@1'} | ${'--atomic'}              | ${'b'}     | ${''}
    ${'forced has the applied one alone'}                     | ${'a@1 b@2 c@3'}          | ${'a@1 b@2'}  | ${'--force a'}             | ${'a'}     | ${''}
    ${'forced takes an edited one'}                           | ${'a:x@1'}                | ${'a@1'}      | ${'--force a'}             | ${'a'}     | ${''}
    ${'forced refuses one that is not applied'}               | ${'a@1 b@2'}              | ${'a@1'}      | ${'--force b'}             | ${''}      | ${'error not-applied b'}
  `('$name', ({ steps, findings, ...facts }) => {
    const plan = planOf(facts as Case);
    expect(stepsOf(plan)).toBe(steps);
    expect(findingsOf(plan)).toBe(findings);
  });

  test.each`
    name                                                         | files                | rows         | steps    | findings
    ${'is stopped by the missing file of a pending one'}         | ${'a@1 b:-@2 c@3'}   | ${'a@1'}     | ${'c'}   | ${'error file-missing b'}
    ${'is not stopped by the missing file of an applied one'}    | ${'a:-@1 b@2'}       | ${'a@1'}     | ${'b'}   | ${'warning file-missing a'}
    ${'is stopped by a tag listed twice, one of them pending'}   | ${'a:x@1 a:x@2'}     | ${'x@1'}     | ${'a'}   | ${'error duplicate-tag a'}
    ${'is not stopped by a tag listed twice, both applied'}      | ${'a:x@1 a:x@2 b@3'} | ${'x@1 x@2'} | ${'b'}   | ${'warning duplicate-tag a'}
    ${'is stopped by one migration listed twice'}                | ${'a:x@1 a:x@1'}     | ${''}        | ${'a a'} | ${'warning when-not-increasing a, error duplicate-migration a'}
    ${'tells of two identical files and runs them'}              | ${'a:x@1 b:x@2'}     | ${'x@1'}     | ${'b'}   | ${'info identical-files b'}
    ${'tells of a stamp in the future and runs it'}              | ${'a@99999999999'}   | ${''}        | ${'a'}   | ${'warning when-in-future a'}
    ${'tells of equal stamps and runs them on a fresh database'} | ${'a@1 b@1'}         | ${''}        | ${'a b'} | ${'warning when-not-increasing b'}
    ${'only notes equal stamps where both are applied'}          | ${'a:x@1 b:y@1'}     | ${'x@1 y@1'} | ${''}    | ${'info when-not-increasing b'}
    ${'tells of one that was skipped once'}                      | ${'a:x@2 b:y@1'}     | ${'x@2'}     | ${'b'}   | ${'error out-of-order b, info when-not-increasing b'}
  `('$name', ({ steps, findings, ...facts }) => {
    const plan = planOf({ ...(facts as Case), folder: true });
    expect(stepsOf(plan)).toBe(steps);
    expect(findingsOf(plan)).toBe(findings);
  });

  test('is plain data: it comes back from JSON as it was', () => {
    const plan = planOf({ files: 'a:concurrently@1 b:enumUsed@2 c:ownCommit@3', rows: '' });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('runs nothing after it has run', () => {
    const files = 'a@1 b:x@2 c:x@2 d@9 e@4';
    const { steps } = planOf({ files, rows: '' });
    const rows = steps.map(({ hash, when }, index) => ({ id: index + 1, hash, createdAt: when }));
    const after = planUp(compare(filesOf(files), { tableExists: true, rows, log: [] }), []);
    expect([stepsOf(after), findingsOf(after)]).toEqual(['', '']);
  });
});

describe('a half-applied migration', () => {
  function stopped(text: string, done: number, changes: Partial<LogEntry> = {}): LogEntry {
    const sql = textOf(text);
    const statements = splitStatements(sql);
    return {
      tag: 'a',
      hash: sha256(sql),
      when: 1,
      direction: 'up',
      status: 'failed',
      statementsDone: done,
      statementsTotal: statements.length,
      startedAt: new Date(0),
      finishedAt: null,
      by: 'me@here',
      tool: 'migrator 1.0.0',
      gitCommit: null,
      detail: null,
      statementHashes: statements.slice(0, done).map((statement) => sha256(statement.text)),
      ...changes,
    };
  }

  test.each`
    name                                                | now                | log                | steps         | findings
    ${'goes on where it stopped'}                       | ${'three'}         | ${'three after 2'} | ${'a from 3'} | ${'info half-applied a'}
    ${'goes on if only white space and comments moved'} | ${'threeSpaced'}   | ${'three after 2'} | ${'a from 3'} | ${'info half-applied a'}
    ${'goes on if what had not run was edited'}         | ${'threeAppended'} | ${'three after 2'} | ${'a from 3'} | ${'info half-applied a'}
    ${'has only its row left to write'}                 | ${'three'}         | ${'three after 3'} | ${'a from 4'} | ${'info half-applied a'}
    ${'is refused if a finished statement was edited'}  | ${'threeEdited'}   | ${'three after 2'} | ${'a from 3'} | ${'error edited-while-half-applied a'}
    ${'is refused if finished statements were removed'} | ${'one'}           | ${'three after 2'} | ${'a from 2'} | ${'error edited-while-half-applied a'}
    ${'is refused if all statements were removed'}      | ${'empty'}         | ${'three after 2'} | ${'a'}        | ${'error edited-while-half-applied a'}
    ${'that kept nothing starts at the top'}            | ${'threeEdited'}   | ${'three after 0'} | ${'a'}        | ${''}
  `('$name', ({ now, log, steps, findings }) => {
    const [text, done] = log.split(' after ');
    const plan = planOf({ files: `a:${now}@1`, rows: '', log: [stopped(text, Number(done))] });
    expect(stepsOf(plan)).toBe(steps);
    expect(findingsOf(plan)).toBe(findings);
  });

  test('takes along what the stopped run noted', () => {
    const detail = { starting: 1, before: [4711] };
    const plan = planOf({ files: 'a:concurrently@1', rows: '', log: [stopped('concurrently', 1, { detail })] });
    expect(plan.steps[0]).toMatchObject({ startAt: 1, resume: detail });
  });

  test('cannot be part of one transaction, for part of it is kept already', () => {
    const plan = planOf({ files: 'a:three@1', rows: '', flags: '--atomic', log: [stopped('three', 1)] });
    expect(findingsOf(plan)).toBe('info half-applied a, error not-atomic a');
  });

  test('is refused with the place and the way out', () => {
    expect(planOf({ files: 'a:threeEdited@1', rows: '', log: [stopped('three', 2)] }).findings).toEqual([
      {
        code: 'edited-while-half-applied',
        severity: 'error',
        tag: 'a',
        at: { file: 'drizzle/a.sql', line: 2 },
        message: '`a` stopped after statement 2 of 3, and statement 2, which had run, has been edited since.',
        consequence: 'Going on would leave the database in a state that no version of the file describes.',
        fix: 'Restore the first 2 statements of drizzle/a.sql as they ran, and put the change into a new migration.',
      },
    ]);
  });
});

describe('findings say what happened, what follows and what to type', () => {
  const first = (files: string, rows: string, flags = '') => planOf({ files, rows, flags }).findings[0];

  test('out of order', () => {
    expect(first('a@1000 b@2000', 'b@2000')).toEqual({
      code: 'out-of-order',
      severity: 'error',
      tag: 'a',
      at: { file: 'drizzle/a.sql' },
      message:
        '`a` is not applied, but its `when` (1000, 1970-01-01 00:00:01) is not later than that of `b` (2000, 1970-01-01 00:00:02), which is.',
      consequence: 'drizzle-kit skips it for ever and prints success.',
      fix: 'Run `migrator migrate --out-of-order` to apply it; `migrator repair --restamp a` if no other database has it yet; `migrator repair --mark-applied a` if this one has its changes already.',
    });
  });

  test('out of order behind one that the journal has moved, or a row of another branch', () => {
    expect(first('a@1000 b@3000', 'b@2000')?.fix).toBe(
      'The journal has moved `b`, applied here, behind it, as `migrator rebase` does. On a development database run `migrator switch`: it keeps what is applied, applies this one, and gives the rows their new times. Elsewhere run `migrator migrate --out-of-order`, then `migrator repair`.',
    );
    const behind = planOf({ files: 'b@3000 a@1000', rows: 'b@2000', flags: '' }).findings;
    expect(behind.find(({ tag }) => tag === 'a')?.fix).toMatch(/^Run `migrator migrate --out-of-order` to apply it;/);
    expect(first('a@1000', 'z@2000')?.fix).toMatch(
      /^If row 1 came from another branch, on a development database, run `migrator switch`: it undoes/,
    );
  });

  test('out of order behind a row that has no file', () => {
    expect(first('a@1000', 'z@2000')?.message).toBe(
      '`a` is not applied, but its `when` (1000, 1970-01-01 00:00:01) is not later than that of a row (2000, 1970-01-01 00:00:02), which is.',
    );
  });

  test('out of order, behind the newest row, with --to in front of it', () => {
    expect(first('a@1000 b@2000', 'b@2000', '--to a')?.message).toContain('not later than that of `b`');
  });

  test('edited', () => {
    expect(first('a:x@1', 'a@1')).toEqual({
      code: 'edited-migration',
      severity: 'error',
      tag: 'a',
      at: { file: 'drizzle/a.sql' },
      message: `\`a\` was edited after it was applied: its content differs (applied ${sha256(textOf('a')).slice(0, 8)}, now ${sha256(textOf('x')).slice(0, 8)}).`,
      consequence: 'A database made anew will differ from this one. drizzle-kit does not notice.',
      fix: 'Restore the file (`migrator repair --restore a`, or `git log -- drizzle/a.sql`) and put the change into a new migration; or, if the edit is right for this database as it is, run `migrator repair --accept a`.',
    });
  });

  test.each([
    ['line-endings', 'warning', 'only its line endings differ'],
    ['formatting', 'warning', 'only white space, comments or spelling differ, the statements mean the same'],
    ['meaning', 'error', 'its statements no longer mean the same'],
  ] as const)('an edit of %s is a(n) %s', (edit, severity, text) => {
    const comparison = compare(filesOf('a:x@1'), { tableExists: true, rows: rowsOf('a@1'), log: [] });
    const statuses = comparison.statuses.map((status) => ({ ...status, edit }));
    const [finding] = planUp({ ...comparison, statuses }, []).findings;
    expect(finding).toMatchObject({ severity, message: expect.stringContaining(`: ${text} (applied `) });
  });

  test('restamped', () => {
    expect(first('a@9000', 'a@1000')).toEqual({
      code: 'restamped-migration',
      severity: 'warning',
      tag: 'a',
      at: { file: 'drizzle/a.sql' },
      message:
        '`a` is applied, but its `when` was changed since: 1000, 1970-01-01 00:00:01 in the database, 9000, 1970-01-01 00:00:09 in the journal.',
      consequence: 'drizzle-kit would run it a second time if the new `when` is the later one.',
      fix: 'Run `migrator repair`: it gives the row the time of the journal; or set `when` back to 1000 in meta/_journal.json.',
    });
  });

  test('a row without a time', () => {
    expect(first('a@9000', 'a@null')).toEqual({
      code: 'restamped-migration',
      severity: 'warning',
      tag: 'a',
      at: { file: 'drizzle/a.sql' },
      message: '`a` is applied, but row 1 of the tracking table has no `created_at`.',
      consequence: 'drizzle-kit takes such a row for the newest one, and would run every migration again.',
      fix: 'Run `migrator repair`: it gives row 1 the time 9000.',
    });
  });

  test('a row without a file', () => {
    expect(first('', 'z@1000')).toEqual({
      code: 'unknown-row',
      severity: 'warning',
      message: `Row 1 of the tracking table (1000, 1970-01-01 00:00:01, ${sha256(textOf('z')).slice(0, 8)}) belongs to no migration of this folder.`,
      consequence:
        'The database is ahead of this checkout, or a migration file was removed. drizzle-kit does not notice.',
      fix: 'Check out the branch that holds it, or restore the removed file; on a development database, `migrator switch` undoes what is not checked out; if neither will come back, run `migrator repair --forget 1`.',
    });
  });

  test('a migration that was recorded twice', () => {
    expect(first('a@1000', 'a@1000 a@1000')).toEqual({
      code: 'duplicate-row',
      severity: 'warning',
      tag: 'a',
      at: { file: 'drizzle/a.sql' },
      message: '`a` has two rows in the tracking table: 1 and 2.',
      consequence:
        'Two runs of drizzle-kit at once have applied it twice, or somebody copied the row. What it inserts may be there twice.',
      fix: 'Look for rows that it may have written twice; then run `migrator repair`: it deletes row 2.',
    });
  });

  test('not atomic', () => {
    expect(first('a:concurrently@1', '', '--atomic')).toEqual({
      code: 'not-atomic',
      severity: 'error',
      tag: 'a',
      at: { file: 'drizzle/a.sql', line: 2 },
      message:
        '`--atomic` asks for one transaction, but `a` cannot be part of one: CREATE INDEX CONCURRENTLY cannot run in a transaction.',
      fix: 'Run `migrator migrate` without `--atomic`: each migration is then atomic by itself where Postgres allows it.',
    });
  });
});
