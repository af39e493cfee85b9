import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene } from '../src/scene.mjs';

// The steps of .github/workflows/deploy.yml as they are written there, against a real Postgres; what they need is built already.

/** @type {Awaited<ReturnType<typeof openScene>>} */
let scene;
beforeAll(async () => {
  scene = await openScene({ isBuilt: true });
});
afterAll(() => scene?.close());

const resultsOf = (jobs) => Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]));
const everything = (jobs) =>
  Object.values(jobs)
    .map(({ output, summary }) => output + summary)
    .join('\n');

describe('a deployment', () => {
  test('backs up, adds, brings out the real applications, and finds nothing to take away', async () => {
    const secret = new URL(scene.url).password;
    const jobs = await scene.deploy({ command: scene.commands.real, token: 'token-of-the-hosting' });
    expect(resultsOf(jobs), everything(jobs)).toEqual({
      ...{ ci: 'success', migrate: 'success', 'deploy-web': 'success', 'deploy-worker': 'success' },
      ...{ contract: 'success', rollback: 'skipped' },
    });
    expect(await scene.applied()).toEqual(scene.tags());
    expect(existsSync(join(scene.folder, 'kept.backup'))).toBe(true);
    for (const app of ['web', 'worker']) expect((await fetch(scene.address(app))).status).toBe(200);
    expect(everything(jobs)).not.toContain(secret);
    expect(everything(jobs)).not.toContain('token-of-the-hosting');
    expect(jobs.contract.output).toContain('Nothing to apply in phase contract: no backup.');
  });

  test('stops at a migration that fails: nothing is brought out, and what to do is told', async () => {
    scene.addMigration('0900_fails', 'create table t (id int);\n--> statement-breakpoint\nselect 1 / 0;');
    const before = await scene.sql`select count(*) from pg_class where relname = 't'`;
    const jobs = await scene.deploy({ command: scene.commands.knowing('2.0.0', '0900_fails') });
    expect(resultsOf(jobs)).toEqual({
      ...{ ci: 'success', migrate: 'failure', 'deploy-web': 'skipped', 'deploy-worker': 'skipped' },
      ...{ contract: 'skipped', rollback: 'skipped' },
    });
    expect(jobs.migrate.steps.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['Back up', 0],
      ['Migrate', 4],
    ]);
    expect(jobs.migrate.summary).toContain('### Migration failed (expand, exit 4): the deployment stops here');
    expect(jobs.migrate.summary).toContain('division by zero');
    expect(jobs.migrate.summary).toMatch(/To restore: `migrator restore before-expand-2-1\.backup`/);
    // In a transaction: it has left nothing. And who ran before runs on.
    expect(await scene.sql`select count(*) from pg_class where relname = 't'`).toEqual(before);
    expect((await fetch(scene.address('web'))).status).toBe(200);
  });

  test('what takes away waits for who still uses it, names them, and goes when they are gone', async () => {
    // The failed one is mended before: nobody has applied it.
    scene.rewrite('0900_fails', 'alter table songs add column motto text;');
    scene.addMigration('0901_drop_motto', '-- migrator: phase=contract\nalter table songs drop column motto;');
    const before = await scene.deploy({
      command: scene.commands.knowing('1.0.0', '0900_fails'),
      vars: { CONTRACT_WAIT: '1s' },
    });
    expect(resultsOf(before), everything(before)).toMatchObject({ migrate: 'success', contract: 'failure' });
    expect(before.contract.summary).toContain('### Migration failed (contract, exit 3)');
    expect(before.contract.summary).toMatch(/melodia-web.*1\.0\.0/s);
    // It might have opened: what is to be waited for is backed up before.
    expect(before.contract.summary).toMatch(/To restore: `migrator restore before-contract-\d+-1\.backup`/);
    expect((await scene.applied()).at(-1)).toBe('0900_fails');

    const after = await scene.deploy({ command: scene.commands.knowing('2.0.0', '0901_drop_motto') });
    expect(resultsOf(after), everything(after)).toMatchObject({ migrate: 'success', contract: 'success' });
    expect((await scene.applied()).at(-1)).toBe('0901_drop_motto');
  });

  test('a rollback by hand undoes what came after a migration, and nothing else runs', async () => {
    scene.addMigration('0902_add_note', 'create table note (id int);', 'drop table note;');
    await scene.deploy({ command: scene.commands.knowing('2.1.0', '0902_add_note') });
    expect((await scene.applied()).at(-1)).toBe('0902_add_note');
    const jobs = await scene.deploy({ inputs: { run: 'rollback', to: '0901_drop_motto' } });
    expect(resultsOf(jobs), everything(jobs)).toEqual({
      ...{ ci: 'skipped', migrate: 'skipped', 'deploy-web': 'skipped', 'deploy-worker': 'skipped' },
      ...{ contract: 'skipped', rollback: 'success' },
    });
    expect((await scene.applied()).at(-1)).toBe('0901_drop_motto');
    expect(jobs.rollback.summary).toContain('### Rolled back');
    expect(await scene.sql`select to_regclass('note') as note`).toEqual([{ note: null }]);
  });

  test('an application that does not become ready stops it, and nothing is taken away', async () => {
    const broken = (app) => (app === 'web' ? 'true' : scene.commands.knowing('2.2.0', '0902_add_note')(app));
    await scene.end('web');
    const jobs = await scene.deploy({ command: broken, env: { READY_WAIT: '1' } });
    expect(resultsOf(jobs)).toMatchObject({ 'deploy-web': 'failure', contract: 'skipped' });
    expect(jobs['deploy-web'].summary).toContain('### web is not ready');
    const unset = await scene.deploy({ command: () => '' });
    expect(unset['deploy-web'].output).toContain('The variable DEPLOY_WEB_COMMAND of the environment is not set');
  });
});
