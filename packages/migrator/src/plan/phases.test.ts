import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../core/hash.js';
import type { Migration, Plan, PlanOptions } from '../core/types.js';
import { loadParser } from '../sql/parse.js';
import { compare } from './compare.js';
import { planUp } from './plan.js';

beforeAll(loadParser);

const HEADS: Readonly<Record<string, string>> = {
  e: '',
  E: '-- migrator: phase=expand\n',
  C: '-- migrator: phase = contract\r\n-- Nobody needs it.\n',
  // What a misspelt one would mean must be asked.
  M: '-- migrator: phase=contarct\n',
  // A directive is one only at the top.
  B: 'select 0;\n-- migrator: phase=contract\n',
};

/** `a:e b:C`: migration `a` says nothing of its phase, `b` is a contract migration. */
function planOf(files: string, applied: string, options: PlanOptions): Plan {
  const migrations = files.split(' ').map((word, position): Migration => {
    const [tag = '', kind = ''] = word.split(':');
    const sql = `${HEADS[kind]}select '${tag}';\n`;
    return {
      tag,
      position,
      idx: position,
      when: position + 1,
      path: `drizzle/${tag}.sql`,
      file: { sql, hash: sha256(sql) },
    };
  });
  const rows = migrations
    .filter(({ tag }) => applied.includes(tag))
    .map(({ when, file }, index) => ({ id: index + 1, hash: file?.hash ?? '', createdAt: when }));
  return planUp(compare(migrations, { tableExists: true, rows, log: [] }), [], options);
}

describe('expand', () => {
  test.each([
    { name: 'all that only add', files: 'a:e b:E c:B', applied: 'a', runs: 'b c', held: '' },
    { name: 'up to the first that contracts', files: 'a:e b:e c:C d:e', applied: 'a', runs: 'b', held: 'c d<c' },
    {
      name: 'none, where that comes first',
      files: 'a:e b:C c:e d:C e:e',
      applied: 'a',
      runs: '',
      held: 'b c<b d<b e<d',
    },
    { name: 'an applied one holds nothing back', files: 'a:e b:C c:e', applied: 'ab', runs: 'c', held: '' },
    { name: 'on a new database too', files: 'a:e b:C c:e', applied: '', runs: 'a', held: 'b c<b' },
    { name: 'no further than `to`', files: 'a:e b:e c:C d:e', applied: 'a', to: 'b', runs: 'b', held: '' },
    {
      name: '`to` behind one that contracts',
      files: 'a:e b:e c:C d:e e:e',
      applied: 'a',
      to: 'd',
      runs: 'b',
      held: 'c d<c',
    },
    {
      name: 'a forced one that contracts is not run',
      files: 'a:e b:C',
      applied: 'ab',
      force: 'b',
      runs: '',
      held: 'b',
    },
  ])('$name', ({ files, applied, to, force, runs, held }) => {
    const options = { phase: 'expand', ...(to && { to }), ...(force && { force }) } as const;
    const plan = planOf(files, applied, options);
    expect(plan.steps.map(({ tag }) => tag).join(' ')).toBe(runs);
    expect(plan.heldBack?.map(({ tag, behind }) => (behind ? `${tag}<${behind}` : tag)).join(' ')).toBe(held);
    expect(plan.steps.every(({ phase }) => phase === 'expand')).toBe(true);
  });

  test('says what stays pending, and why, and refuses nothing for it', () => {
    expect(planOf('a:e b:C c:e', 'a', { phase: 'expand' }).findings).toEqual([
      {
        code: 'contract-held-back',
        severity: 'info',
        tag: 'b',
        at: { file: 'drizzle/b.sql' },
        message: '`b` is a contract migration, and stays pending.',
        fix: 'Deploy the applications; then run `migrator migrate --phase contract --wait 10m`, which waits until nobody uses any more what it takes away.',
      },
      {
        code: 'expand-held-back',
        severity: 'warning',
        tag: 'c',
        at: { file: 'drizzle/c.sql' },
        message: '`c` stays pending too: it stands behind the contract migration `b`.',
        consequence:
          'An application that needs it must not be deployed before the contract migration has run. drizzle-kit would apply both.',
        fix: 'Run `migrator migrate --phase contract --wait 10m` first; or, while no database has either, put it before `b`.',
      },
    ]);
  });

  test('what is out of order stops it only where it is to run', () => {
    const codes = (files: string) =>
      planOf(files, 'c', { phase: 'expand' }).findings.flatMap(({ code, severity, tag }) =>
        severity === 'error' ? [`${tag} ${code}`] : [],
      );
    expect(codes('a:e b:C c:e d:e')).toEqual(['a out-of-order']);
    expect(codes('a:C b:e c:e d:e')).toEqual([]);
  });

  test('a phase that is misspelt is refused', () => {
    expect(planOf('a:e b:M', 'a', { phase: 'expand' }).findings).toMatchObject([
      {
        code: 'unknown-phase',
        severity: 'error',
        message: '`b` says `-- migrator: phase=contarct`, and there is no such phase.',
      },
    ]);
  });
});

test('contract runs everything, and holds nothing back', () => {
  const plan = planOf('a:e b:C c:e', 'a', { phase: 'contract' });
  expect(plan.steps.map(({ tag, phase }) => `${tag} ${phase}`)).toEqual(['b contract', 'c expand']);
  expect(plan).not.toHaveProperty('heldBack');
  expect(plan.findings).toEqual([]);
});

describe('without a phase', () => {
  test('everything runs, with a note where nobody was asked', () => {
    const plan = planOf('a:e b:C c:e', 'a', {});
    expect(plan.steps.map(({ tag }) => tag)).toEqual(['b', 'c']);
    expect(plan.findings.map(({ code, severity, tag }) => `${severity} ${code} ${tag}`)).toEqual([
      'info contract-ungated b',
    ]);
  });

  test('upon a new database there is nobody to ask', () => {
    expect(planOf('a:e b:C c:e', '', {}).findings).toEqual([]);
  });

  test('a phase that is misspelt only warns', () => {
    expect(planOf('a:M', '', {}).findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning unknown-phase',
    ]);
  });
});
