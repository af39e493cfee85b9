import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../core/hash.js';
import type { AppliedRow, LogEntry, Migration, RollbackPlanOptions } from '../core/types.js';
import { loadParser } from '../sql/parse.js';
import { compare } from './compare.js';
import type { StoredDown } from './down-source.js';
import { planDown, rowsToUndo } from './plan-down.js';

beforeAll(loadParser);

const TEXTS: Readonly<Record<string, string>> = {
  empty: '-- nothing yet\n',
  never: '-- migrator: irreversible it is too late\n',
  copy: 'copy t from stdin;',
  two: 'select 1;\nvacuum;\n',
};
const textOf = (name: string) => TEXTS[name] ?? `select '${name}';`;
const words = (text: string) => text.split(' ').filter(Boolean);

interface Case {
  /** `a@1/down`: migration `a`, stamped 1, with this down file; `a@1` has none; `a*@1/down`: edited since. */
  readonly files: string;
  /** In the order of application. */
  readonly rows: string;
  /** `a@1/down`: what the log kept; `a@1`: it kept no down. */
  readonly log?: string;
  readonly options?: RollbackPlanOptions;
}

function plan({ files, rows: applied, log: kept = '', options = {} }: Case, log: readonly LogEntry[] = []) {
  const migrations = words(files).map((word, position): Migration => {
    const [, tag = '', edited, when, down] = /^(\w+?)(\*?)@(\d+)(?:\/(\w+))?$/.exec(word) ?? [];
    const sql = textOf(tag + (edited ? ' edited' : ''));
    const path = `drizzle/${tag}.sql`;
    return {
      tag,
      position,
      idx: position,
      when: Number(when),
      path,
      file: { sql, hash: sha256(sql) },
      ...(down && {
        down: { path: `drizzle/${tag}.down.sql`, sql: textOf(down), ...(down === 'never' && { irreversible: '' }) },
      }),
    };
  });
  const rows = words(applied).map((word, index): AppliedRow => {
    const [tag = '', when] = word.split('@');
    return { id: index + 1, hash: sha256(textOf(tag)), createdAt: Number(when) };
  });
  const stored = words(kept).map((word): StoredDown => {
    const [, tag = '', when, down] = /^(\w+)@(\d+)(?:\/(\w+))?$/.exec(word) ?? [];
    return { tag, hash: sha256(textOf(tag)), when: Number(when), downSql: down ? textOf(down) : null };
  });
  const entries = [...stored.map(({ tag, hash, when }) => entry({ tag, hash, when })), ...log];
  const comparison = compare(migrations, { tableExists: true, rows, log: entries });
  const facts = { comparison, rows, log: entries, stored, purged: [], folder: 'drizzle' };
  const chosen = rowsToUndo(facts, options);
  return chosen && planDown(facts, chosen, options);
}

function entry(about: Partial<LogEntry>): LogEntry {
  return {
    tag: '',
    hash: '',
    when: 0,
    direction: 'up',
    status: 'applied',
    statementsDone: 1,
    statementsTotal: 1,
    startedAt: new Date(0),
    finishedAt: new Date(0),
    by: 'me',
    tool: 'migrator',
    gitCommit: null,
    detail: null,
    statementHashes: null,
    ...about,
  };
}

/** `a file down`: tag, source, text. */
function shown(made: ReturnType<typeof plan>): { steps: string; findings: string } {
  const nameOf = (sql: string) => /^select '(.*)';$/.exec(sql)?.[1] ?? 'other';
  return {
    steps: (made?.steps ?? []).map(({ tag, source, sql }) => `${tag} ${source} ${nameOf(sql)}`).join(', '),
    findings: (made?.findings ?? []).map(({ code, severity }) => `${severity} ${code}`).join(', '),
  };
}

describe('which ones, in which order', () => {
  const three = { files: 'a@1/x b@2/y c@3/z', rows: 'a@1 b@2 c@3' };
  test.each<[string, Case, string]>([
    ['the last one', three, 'c file z'],
    ['two', { ...three, options: { steps: 2 } }, 'c file z, b file y'],
    ['none', { ...three, options: { steps: 0 } }, ''],
    ['more than there are', { ...three, options: { steps: 5 } }, 'c file z, b file y, a file x'],
    ['to a tag, which stays', { ...three, options: { to: 'a' } }, 'c file z, b file y'],
    ['to the newest', { ...three, options: { to: 'c' } }, ''],
    ['one that was applied late', { files: 'a@1/x b@2/y c@3/z', rows: 'a@1 c@3 b@2' }, 'b file y'],
    ['what is not applied does not count', { files: 'a@1/x b@2/y c@3/z', rows: 'a@1' }, 'a file x'],
    [
      'to a tag that only the log knows',
      { files: '', rows: 'a@1 b@2', log: 'a@1/x b@2/y', options: { to: 'a' } },
      'b log y',
    ],
  ])('%s', (_name, given, steps) => {
    expect(shown(plan(given)).steps).toBe(steps);
  });

  test('a tag that is not applied', () => {
    expect(plan({ files: 'a@1/x b@2/y', rows: 'a@1', options: { to: 'b' } })).toBeUndefined();
  });
});

describe('which text', () => {
  test.each<[string, Case, string, string]>([
    ['file and log agree', { files: 'a@1/x', rows: 'a@1', log: 'a@1/x' }, 'a file x', ''],
    ['the file has changed', { files: 'a@1/y', rows: 'a@1', log: 'a@1/x' }, 'a log x', 'warning stored-down'],
    [
      'the same, with --use-files',
      { files: 'a@1/y', rows: 'a@1', log: 'a@1/x', options: { useFiles: true } },
      'a file y',
      'warning stored-down',
    ],
    ['the down file is gone', { files: 'a@1', rows: 'a@1', log: 'a@1/x' }, 'a log x', 'info stored-down'],
    ['both files are gone', { files: '', rows: 'a@1', log: 'a@1/x' }, 'a log x', 'info stored-down'],
    ['the log kept none', { files: 'a@1/x', rows: 'a@1', log: 'a@1' }, 'a file x', ''],
    ['no log: drizzle-kit', { files: 'a@1/x', rows: 'a@1' }, 'a file x', ''],
    ['no log, and edited since', { files: 'a*@1/x', rows: 'a@1' }, '', 'error down-unsure'],
    ['the same, with --use-files', { files: 'a*@1/x', rows: 'a@1', options: { useFiles: true } }, 'a file x', ''],
    [
      'edited since, and the log has it',
      { files: 'a*@1/y', rows: 'a@1', log: 'a@1/x' },
      'a log x',
      'warning stored-down',
    ],
    ['the log kept an empty one', { files: 'a@1/x', rows: 'a@1', log: 'a@1/empty' }, 'a file x', 'warning stored-down'],
    ['the log kept a refusal', { files: 'a@1/x', rows: 'a@1', log: 'a@1/never' }, 'a file x', 'warning stored-down'],
    [
      'the file gives up, the log does not',
      { files: 'a@1/never', rows: 'a@1', log: 'a@1/x' },
      'a log x',
      'warning stored-down',
    ],
    ['nothing anywhere', { files: 'a@1', rows: 'a@1' }, '', 'error down-missing'],
    ['an unknown row', { files: '', rows: 'a@1' }, '', 'error down-missing'],
    ['empty', { files: 'a@1/empty', rows: 'a@1', log: 'a@1/empty' }, '', 'error down-empty'],
    ['irreversible', { files: 'a@1/never', rows: 'a@1', log: 'a@1/never' }, '', 'error irreversible'],
    ['COPY', { files: 'a@1/copy', rows: 'a@1' }, 'a file other', 'error copy-needs-client'],
    [
      'one of two stands in the way',
      { files: 'a@1/never b@2/y', rows: 'a@1 b@2', options: { steps: 2 } },
      'b file y',
      'error irreversible',
    ],
  ])('%s', (_name, given, steps, findings) => {
    expect(shown(plan(given))).toEqual({ steps, findings });
  });
});

describe('a rollback that stopped on the way', () => {
  const half = (text: string, done = 1) => [
    entry({
      tag: 'a',
      when: 1,
      hash: sha256(textOf('a')),
      direction: 'down',
      status: 'failed',
      statementsDone: done,
      statementsTotal: 2,
      statementHashes: [sha256(text)],
      detail: { starting: 1 },
    }),
  ];

  test('goes on with what it began with, in the file or in the log', () => {
    for (const given of [
      { files: 'a@1/two', rows: 'a@1' },
      { files: 'a@1/x', rows: 'a@1', log: 'a@1/two' },
      { files: 'a@1/two', rows: 'a@1', log: 'a@1/x' },
      { files: 'a@1/x', rows: 'a@1', log: 'a@1/two', options: { useFiles: true } },
    ]) {
      const made = plan(given, half('select 1'));
      expect(made?.steps).toMatchObject([{ startAt: 1, sql: TEXTS.two, resume: { starting: 1 }, removesRow: 1 }]);
      expect(made?.findings.some(({ severity }) => severity === 'error')).toBe(false);
    }
  });

  test('is refused if that is nowhere any more', () => {
    expect(shown(plan({ files: 'a@1/two', rows: 'a@1', log: 'a@1/x' }, half('select 2')))).toEqual({
      steps: '',
      findings: 'error edited-while-half-applied',
    });
  });

  test('one that left nothing begins anew', () => {
    const [open] = half('', 0);
    const made = plan({ files: 'a@1/two', rows: 'a@1' }, [{ ...(open as LogEntry), detail: null }]);
    expect(made?.steps).toMatchObject([{ startAt: 0 }]);
  });
});

test('nothing is undone beneath a migration that is half applied', () => {
  const open = entry({ tag: 'b', when: 2, status: 'failed', statementsDone: 1, statementsTotal: 2 });
  expect(shown(plan({ files: 'a@1/x b@2/y', rows: 'a@1' }, [open]))).toEqual({
    steps: 'a file x',
    findings: 'error half-applied',
  });
});
