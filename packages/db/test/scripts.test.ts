import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMigrationEntries } from '../src/migrations.js';
import { createTestDatabase } from '../src/testing.js';

const migrations = readMigrationEntries();

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const script = 'scripts/run-drizzle-migrations.sh';

/** A package of its own below a path with a space, so that `generate` may write. */
let folder: string;
let copy: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'melodia db '));
  copy = join(folder, 'the package');
  mkdirSync(copy);
  for (const path of ['src', 'drizzle', 'scripts', 'drizzle.config.ts', 'package.json']) {
    cpSync(join(packageFolder, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(packageFolder, 'node_modules'), join(copy, 'node_modules'));
  symlinkSync(join(copy, script), join(folder, 'migrations'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: string[], env: NodeJS.ProcessEnv = {}, path = join(copy, script)) {
  const options = { cwd: '/', encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(path, args, options);
  return { status, stdout, stderr };
}
const sqlFiles = () => readdirSync(join(copy, 'drizzle/migrations')).filter((name) => name.endsWith('.sql'));

test.each([
  ['nothing', []],
  ['an unknown command', ['rollback-everything']],
  ['generate without a name', ['generate']],
  ['a name that is a path', ['generate', '../evil']],
])('%s: says its usage and exits 2', (_what, args) => {
  expect(run(args)).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^Usage: run-drizzle-migrations\.sh/),
  });
});

test('migrate and status work from another folder, through a symbolic link', async () => {
  await using database = await createTestDatabase();
  await database.sql`drop schema public, drizzle cascade`.then(() => database.sql`create schema public`);
  const env = { DATABASE_URL: database.url };
  const link = join(folder, 'migrations');
  expect(run(['migrate'], env, link)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`Applied ${migrations.length} migrations`),
  });
  expect(run(['status', '--check'], env, link)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Up to date.'),
  });
  expect(run(['migrate', '--nonsense'], env, link).status).toBe(2);
});

test('generate: nothing to do is success, a change makes files both ways, a question is one of flags', () => {
  const before = sqlFiles();
  expect(run(['generate', 'nothing_new'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Nothing to do'),
  });
  expect(sqlFiles()).toEqual(before);

  const next = `${String(migrations.length).padStart(4, '0')}_add_nicknames`;
  const users = join(copy, 'src/schema/users.ts');
  const schema = readFileSync(users, 'utf8');
  writeFileSync(users, schema.replace("name: text('name'),", "name: text('name'), nickname: text('nickname'),"));
  expect(run(['generate', 'add_nicknames'])).toMatchObject({ status: 0, stderr: expect.not.stringContaining('✗') });
  expect(sqlFiles()).toEqual([...before, `${next}.down.sql`, `${next}.sql`]);

  writeFileSync(users, schema.replace("name: text('name'),", "name: text('name'), handle: text('handle'),"));
  expect(run(['generate', 'rename_nicknames'])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('--rename'),
  });
  expect(sqlFiles()).toEqual([...before, `${next}.down.sql`, `${next}.sql`]);
});

test('before the first install it says what to run', () => {
  const bare = join(folder, 'bare clone');
  cpSync(join(packageFolder, 'scripts'), join(bare, 'scripts'), { recursive: true });
  expect(run(['status'], {}, join(bare, script))).toEqual({
    status: 2,
    stdout: '',
    stderr: 'Melodia is not installed and built yet. Run `npm start` in the root of the repository first.\n',
  });
});
