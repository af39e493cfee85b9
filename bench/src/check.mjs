import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDrizzle } from './formats.mjs';
import { makeHistory } from './history.mjs';
import { rotate, runTimed } from './measure.mjs';
import { print, printTable, progress } from './print.mjs';
import { MIGRATOR } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/check/', import.meta.url));

/** `check --since` of one new migration behind a long history: what a pull request waits for. */
export async function check({ migrations, runs }) {
  print(`\n### check --since, 1 new migration behind ${migrations}\n`);
  makeRepository(migrations);
  const candidate = (name, ...more) => ({
    name,
    run: () =>
      runTimed({
        file: process.execPath,
        args: [MIGRATOR, 'check', '--since', 'HEAD', '--json', ...more],
        cwd: WORK,
        env: process.env,
      }),
  });
  const candidates = [
    candidate('migrator check --since'),
    candidate('--no-cache', '--no-cache'),
    candidate('--skip-rehearsal', '--skip-rehearsal'),
  ];
  const results = await rotate(candidates, { runs, warmUp: true, onProgress: progress });
  printTable(results, []);
  rmSync(WORK, { recursive: true, force: true });
}

function makeRepository(count) {
  rmSync(WORK, { recursive: true, force: true });
  const { migrations } = makeHistory(count + 1);
  const before = migrations.slice(0, count);
  writeDrizzle(before, WORK);
  writeFileSync(join(WORK, 'drizzle.config.json'), JSON.stringify({ dialect: 'postgresql', out: './drizzle' }));
  rmSync(join(WORK, 'drizzle.config.ts'));
  const git = (...args) => spawnSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@b', ...args], { cwd: WORK });
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    ['commit', '-qm', 'before'],
  ])
    git(...args);
  writeDrizzle(migrations, WORK);
  rmSync(join(WORK, 'drizzle.config.ts'));
  const [table] = /(?<=CREATE TABLE )"[^"]+"/.exec(before[0].statements[0]);
  const { tag } = migrations[count];
  writeFileSync(join(WORK, 'drizzle', `${tag}.sql`), `ALTER TABLE ${table} ADD COLUMN "the_new_one" integer;`);
  writeFileSync(join(WORK, 'drizzle', `${tag}.down.sql`), `ALTER TABLE ${table} DROP COLUMN "the_new_one";`);
}
