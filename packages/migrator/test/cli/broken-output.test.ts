import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { BIN } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

test('a reader that has gone does not stop a run half way', async () => {
  const database = await createDatabase();
  const files = Array.from({ length: 60 }, (_, n) => ({
    tag: `${String(n).padStart(4, '0')}_t`,
    sql: `create table t${n} (i int);`,
  }));
  const { root } = makeProject({ url: database.url }, files);
  const child = spawn(process.execPath, [BIN, 'migrate'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  const [applied] = await database.query('select count(*)::int as n from drizzle.__drizzle_migrations');
  expect(applied).toEqual({ n: 60 });
});
