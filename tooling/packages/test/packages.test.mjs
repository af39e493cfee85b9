import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTemporaryServer } from '@melodia/migrator/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pnpm, ROOT, startRegistry } from '../src/registry.mjs';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../project', import.meta.url));
const NAMES = ['@melodia/migrator', '@melodia/db'];

/** @type {Awaited<ReturnType<typeof startRegistry>>} */
let registry;
/** @type {Awaited<ReturnType<typeof startTemporaryServer>>} */
let server;
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'a team of '));
  [registry, server] = await Promise.all([startRegistry(), startTemporaryServer({ small: true })]);
}, 120_000);
afterAll(async () => {
  registry?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('what is packed', () => {
  test.each(NAMES)('%s: publint and are-the-types-wrong find nothing', async (name) => {
    const { path } = registry.packs[name];
    const bin = (tool) => fileURLToPath(new URL(`../node_modules/.bin/${tool}`, import.meta.url));
    await run(bin('publint'), ['run', path, '--strict']);
    await run(bin('attw'), ['--profile', 'esm-only', path]);
  });

  test.each([
    ['@melodia/migrator', 10_000_000, 3_300_000],
    ['@melodia/db', 800_000, 100_000],
  ])('%s is small, and holds nothing of its development', (name, unpacked, packed) => {
    const { files, unpackedSize, bytes } = registry.packs[name];
    expect(unpackedSize).toBeLessThan(unpacked);
    expect(bytes.length).toBeLessThan(packed);
    expect(
      files.filter((file) => /\.test\.|(?:^|\/)(?:test|src|bench)\/|\.map$|\.cache$|tsbuildinfo|\.env/.test(file)),
    ).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
  });

  test.each(NAMES)('%s says what it is, and asks for nothing that only we have', (name) => {
    const { manifest } = registry.packs[name];
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public', provenance: true },
      description: expect.any(String),
    });
    const wanted = JSON.stringify([manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies]);
    expect(wanted).not.toMatch(/workspace:|catalog:|file:|link:/);
    expect(manifest.scripts?.postinstall ?? manifest.scripts?.install).toBeUndefined();
  });
});

/** A fresh project, installed with one package manager. */
async function makeProject(name, install) {
  const cwd = join(folder, name);
  cpSync(PROJECT, cwd, { recursive: true });
  writeFileSync(join(cwd, '.npmrc'), `@melodia:registry=${registry.url}\n`);
  const database = `${name}_db`;
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const env = { ...process.env, DATABASE_URL: url.href, CI: 'true' };
  // What the workspace has must not help.
  for (const key of Object.keys(env)) if (/^(?:npm_|PNPM_|NODE_PATH|INIT_CWD)/i.test(key)) delete env[key];
  if (process.env.npm_config_registry) env.npm_config_registry = process.env.npm_config_registry;
  env.PATH = process.env.PATH.split(delimiter)
    .filter((part) => !part.startsWith(ROOT))
    .join(delimiter);
  await install(cwd, env);
  /** Exit code and output of a command in the project; `sh` reads it, as a person types it. */
  const sh = async (command, more = {}) => {
    try {
      const { stdout, stderr } = await run('bash', ['-c', command], {
        cwd,
        env: { ...env, ...more },
        encoding: 'utf8',
      });
      return { code: 0, out: stdout + stderr };
    } catch (error) {
      return { code: error.code, out: `${error.stdout}${error.stderr}` };
    }
  };
  const ok = async (command, more) => {
    const { code, out } = await sh(command, more);
    expect(code, `${command}\n${out}`).toBe(0);
    return out;
  };
  await ok(
    `node -e "require('postgres')(process.env.SERVER, { max: 1 })\\\`create database ${database}\\\`.then(() => process.exit(0))"`,
    {
      SERVER: server.url,
    },
  );
  return { cwd, sh, ok };
}

test('with npm: the whole walk-through of the seed document', async () => {
  const { cwd, sh, ok } = await makeProject('npm', (at, env) =>
    run('npm', ['install', '--no-audit', '--no-fund'], { cwd: at, env }),
  );
  const migrations = () => readdirSync(join(cwd, 'drizzle/migrations')).filter((file) => file.endsWith('.sql'));
  const schema = (from, to) => {
    const file = join(cwd, 'src/lib/db/schema.ts');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  };
  await ok('npx tsc --noEmit');

  // The helper script.
  mkdirSync(join(cwd, 'scripts'));
  await ok(
    'cp node_modules/@melodia/db/scripts/run-drizzle-migrations.sh scripts/ && chmod +x scripts/run-drizzle-migrations.sh',
  );
  const script = './scripts/run-drizzle-migrations.sh';
  await ok(`${script} generate initial_schema`);
  expect(migrations()).toEqual(['0000_initial_schema.down.sql', '0000_initial_schema.sql']);
  expect(await ok(`${script} migrate`)).toContain('Applied 1 migration');
  expect(await ok(`${script} status`)).toContain('0000_initial_schema');

  // A new table, and a new column.
  schema(
    '// new tables',
    `export const userPreferencesTable = pgTable('user_preferences', {
  id: serial('id').primaryKey(),
  user_id: integer('user_id').notNull(),
  theme: text('theme').default('light'),
  notifications: boolean('notifications').default(true),
  created_at: timestamp('created_at').defaultNow(),
});
`,
  );
  for (const name of ['changes', 'update'])
    expect((await sh(`${script} generate ${name}`)).out).toContain('[vague-name]');
  await ok(`${script} generate add_user_preferences`);
  schema('// new field', "last_login: timestamp('last_login'),");
  // drizzle-kit's own commands go on working, on the same files and rows.
  await ok('npx drizzle-kit generate --name=add_last_login');
  await ok('npx drizzle-kit migrate');
  expect(await ok('npx migrator status --check')).toContain('0002_add_last_login');
  expect(await ok('npx drizzle-kit check')).toContain("Everything's fine");

  expect(await ok('npx migrator generate --check')).toContain('agree');

  // Backup before major changes, rollback, forced re-run, drift, push.
  expect(await ok('npx migrator backup --out before.backup --verify')).toContain('before.backup');
  await ok('npx migrator generate --down-only');
  await ok('npx migrator repair --yes');
  expect(await ok('npx migrator rollback --dry-run')).toContain('last_login');
  await ok('npx migrator rollback --yes');
  expect((await sh('npx migrator status --check')).code).toBe(5);
  expect(await ok('npx migrator migrate --dry-run')).toContain('ADD COLUMN');
  await ok('npx migrator migrate');
  expect((await sh('npx migrator migrate --force 0001_add_user_preferences --yes')).out).toContain('already exists');
  expect(await ok('npx migrator drift --check')).toContain('No drift.');
  expect((await sh('npx migrator push --dry-run')).out).toContain('migrations applied');
  await ok('npx migrator check --skip-rehearsal');
  await ok('npx migrator doctor');
  expect((await sh('timeout 4 npx migrator studio --port 0')).out).toContain('local.drizzle.studio');
}, 240_000);

test('with pnpm: types, the test kit, the start of an application, and its database migrated by one line', async () => {
  const { cwd, sh, ok } = await makeProject('pnpm', (at, env) =>
    pnpm(['install', '--no-frozen-lockfile'], { cwd: at, env }),
  );
  expect(existsSync(join(cwd, 'node_modules/.pnpm'))).toBe(true);
  await ok('npx tsc --noEmit -p tsconfig.bundler.json');
  const refused = await sh('node src/start.mjs');
  expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('This version needs the migration')]);
  await ok('npx migrator migrate --config node_modules/@melodia/db/dist/migrator.config.js');
  expect(await ok('node src/start.mjs')).toContain('0 songs');
  expect(await ok('node --test src/kit.test.mjs')).toMatch(/pass 1/);
}, 240_000);

test('without optional packages, all but the embedded Postgres works', async () => {
  const { ok, sh } = await makeProject('bare', (at, env) =>
    run('npm', ['install', '--no-audit', '--no-fund', '--omit=optional', '--omit=dev', '--prefer-offline'], {
      cwd: at,
      env,
    }),
  );
  await ok('npx migrator migrate --config node_modules/@melodia/db/dist/migrator.config.js');
  const { code, out } = await sh('npx migrator status', { DATABASE_URL: undefined });
  expect([code === 0, out]).toEqual([false, expect.not.stringContaining('at file:')]);
}, 240_000);
