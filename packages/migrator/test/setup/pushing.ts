import { expect } from 'vitest';
import { readEverything } from './catalog.js';
import { runCli } from './cli.js';
import { createDatabase } from './database.js';
import { makeDrizzleFolder } from './drizzle-kit.js';
import { writeFiles } from './project.js';

export const IMPORTS = `import { sql } from 'drizzle-orm';
import * as p from 'drizzle-orm/pg-core';\n`;

/** A project with a schema file, and a database of its own that it is pushed to. */
export async function setupPush(schema: string, config: object = {}) {
  const database = await createDatabase();
  const root = makeDrizzleFolder();
  const write = (text: string) => writeFiles(root, { 'schema.ts': text });
  write(schema);
  writeFiles(root, {
    'drizzle.config.json': {
      dialect: 'postgresql',
      schema: './schema.ts',
      out: './drizzle',
      dbCredentials: { url: database.url },
      ...config,
    },
  });
  const push = (...argv: string[]) => runCli(root, 'push', ...argv);
  const done = async (...argv: string[]) => {
    const run = await push(...argv);
    expect([run.exitCode, run.err], run.out).toEqual([0, expect.any(String)]);
    return run;
  };
  return { database, root, write, push, done };
}

/** It is refused, and nothing of it has changed the database. */
export async function refused({ database, push }: Awaited<ReturnType<typeof setupPush>>, ...argv: string[]) {
  const before = await readEverything(database);
  const run = await push(...argv, '--json');
  expect(await readEverything(database)).toEqual(before);
  return { exitCode: run.exitCode, ...(run.json.error as { code: string; message: string; fix: string }) };
}
