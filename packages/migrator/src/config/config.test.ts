import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeFolder, writeFiles } from '../../test/setup/project.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type Config, loadConfig } from './config.js';

const VARIABLES = ['DATABASE_URL', 'PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGDATABASE', 'PGSSLMODE', 'MARK'];

beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
});
// What .env files set stays behind in the process otherwise.
afterEach(() => {
  for (const name of VARIABLES) delete process.env[name];
  vi.unstubAllEnvs();
});

/** A project with its own node_modules, and with a mark that ends the search for .env.local. */
function setup(files: Readonly<Record<string, unknown>>): string {
  const root = makeFolder();
  writeFiles(root, { 'pnpm-workspace.yaml': '', 'node_modules/.keep': '', ...files });
  return root;
}

async function load(files: Readonly<Record<string, unknown>>, at = '.'): Promise<Config> {
  return loadConfig({ cwd: join(setup(files), at) });
}

const urlOf = ({ credentials }: Config) => credentials?.url;
const ts = (fields: string, before = '') => `${before}\nexport default { dialect: 'postgresql', ${fields} };\n`;

describe('a config is found', () => {
  test.each([
    ['in the folder', { 'drizzle.config.ts': ts('') }, '.', 'drizzle.config.ts'],
    ['above it', { 'drizzle.config.ts': ts(''), 'src/deep/x.ts': '' }, 'src/deep', 'drizzle.config.ts'],
    ['the nearest one', { 'drizzle.config.ts': ts(''), 'db/drizzle.config.ts': ts('') }, 'db', 'db/drizzle.config.ts'],
    [
      '.ts before .js and .json',
      { 'drizzle.config.json': {}, 'drizzle.config.js': '', 'drizzle.config.ts': ts('') },
      '.',
      'drizzle.config.ts',
    ],
    ['.js', { 'drizzle.config.js': ts('') }, '.', 'drizzle.config.js'],
    ['.json', { 'drizzle.config.json': { dialect: 'postgresql' } }, '.', 'drizzle.config.json'],
    ['.mts', { 'drizzle.config.mts': ts('') }, '.', 'drizzle.config.mts'],
    ['.mjs', { 'drizzle.config.mjs': ts('') }, '.', 'drizzle.config.mjs'],
    ['.cjs', { 'drizzle.config.cjs': `module.exports = { dialect: 'postgresql' };` }, '.', 'drizzle.config.cjs'],
    ['.cts', { 'drizzle.config.cts': `export default { dialect: 'postgresql' };` }, '.', 'drizzle.config.cts'],
  ])('%s', async (_, files, at, found) => {
    const root = setup(files);
    expect((await loadConfig({ cwd: join(root, at) })).configFile).toBe(join(root, found));
  });

  test('by --config, relative to the working folder', async () => {
    const root = setup({ 'db/other.config.ts': ts(`out: './here'`), 'src/x.ts': '' });
    const config = await loadConfig({ cwd: join(root, 'src'), config: '../db/other.config.ts' });
    expect(config.migrationsFolder).toBe(join(root, 'db/here'));
  });

  test('and its defaults are those of drizzle-kit', async () => {
    const root = setup({ 'drizzle.config.ts': ts('') });
    expect(await loadConfig({ cwd: root })).toEqual({
      production: false,
      filters: { schemas: undefined, tables: [] },
      configFile: join(root, 'drizzle.config.ts'),
      root,
      lint: { rules: {}, customRules: [] },
      drift: { accepted: join(root, 'drift-accepted.json'), owners: false, grants: false },
      backup: {},
      backfill: {},
      gate: { ignore: [] },
      migrationsFolder: join(root, 'drizzle'),
      migrationsTable: undefined,
      migrationsSchema: undefined,
      ignore: [],
      credentials: undefined,
      generate: { schema: [], casing: undefined, breakpoints: true, prefix: 'index' },
    });
  });

  test('and all it says is read', async () => {
    const root = setup({
      'drizzle.config.ts': `export const notOurs = { x: 1 };\n${ts(
        `out: 'db/migrations', migrations: { table: 't', schema: 's' }, dbCredentials: { host: 'h', port: 1, user: 'u', password: 'p', database: 'd', ssl: true }`,
      )}`,
    });
    expect(await loadConfig({ cwd: root })).toMatchObject({
      migrationsFolder: join(root, 'db/migrations'),
      migrationsTable: 't',
      migrationsSchema: 's',
      credentials: { host: 'h', port: 1, user: 'u', password: 'p', database: 'd', ssl: true },
    });
  });
});

describe('a config may be written as', () => {
  const cases: readonly [string, Record<string, unknown>][] = [
    [
      'TypeScript with types',
      {
        'drizzle.config.ts': `type A = { a: string };\nconst x = { a: 'out' } satisfies A;\nenum E { X = 'x' }\n${ts('out: x.a as string')}`,
      },
    ],
    [
      'with defineConfig, though drizzle-kit is not installed',
      {
        'drizzle.config.ts': `import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ dialect: 'postgresql', out: 'out' });`,
      },
    ],
    [
      'with local imports, with and without their ending',
      {
        'drizzle.config.ts': ts(
          'out: a + b + c',
          `import { a } from './lib/a';\nimport { b } from './lib/b.js';\nimport c from './lib/c.json';\n`,
        ),
        'lib/a.ts': `export const a: string = 'o';`,
        'lib/b.ts': `export const b: string = 'u';`,
        'lib/c.json': '"t"',
      },
    ],
    ['with top-level await', { 'drizzle.config.ts': ts('out', `const out = await Promise.resolve('out');`) }],
    [
      'with import.meta.url',
      {
        'drizzle.config.ts': ts(
          'out',
          `import { basename } from 'node:path';\nconst out = basename(new URL('./out', import.meta.url).pathname);`,
        ),
      },
    ],
    [
      'with import.meta.dirname',
      {
        'drizzle.config.ts': ts(
          'out',
          `import { readdirSync } from 'node:fs';\nconst out = readdirSync(import.meta.dirname).includes('drizzle.config.ts') ? 'out' : 'wrong';`,
        ),
      },
    ],
    [
      'with __dirname and __filename',
      {
        'drizzle.config.ts': ts(
          'out',
          `import { readFileSync } from 'node:fs';\nimport { join } from 'node:path';\nconst out = readFileSync(__filename).length > 0 && readFileSync(join(__dirname, 'name.txt'), 'utf8');`,
        ),
        'name.txt': 'out',
      },
    ],
    [
      'with each file in its own place',
      {
        'drizzle.config.ts': ts('out', `import { out } from './lib/deep';`),
        'lib/deep.ts': `import { readFileSync } from 'node:fs';\nexport const out = readFileSync(__dirname + '/name.txt', 'utf8') + readFileSync(new URL('./name2.txt', import.meta.url), 'utf8');`,
        'lib/name.txt': 'o',
        'lib/name2.txt': 'ut',
      },
    ],
    [
      'with require',
      { 'drizzle.config.ts': ts('out', `const { basename } = require('node:path');\nconst out = basename('/x/out');`) },
    ],
    [
      'CommonJS',
      {
        'drizzle.config.cjs': `const { join } = require('node:path');\nmodule.exports = { dialect: 'postgresql', out: join('.', 'out') };`,
      },
    ],
    ['CommonJS with a default', { 'drizzle.config.js': `exports.default = { dialect: 'postgresql', out: 'out' };` }],
    [
      'with a package',
      {
        'drizzle.config.ts': ts('out', `import { out } from 'some-package';`),
        'node_modules/some-package/package.json': { name: 'some-package', type: 'module', exports: './index.js' },
        'node_modules/some-package/index.js': `export const out = 'out';`,
      },
    ],
    [
      'with a CommonJS package',
      {
        'drizzle.config.ts': ts('out', `import { out } from 'some-package';`),
        'node_modules/some-package/package.json': { name: 'some-package', main: './index.js' },
        'node_modules/some-package/index.js': `exports.out = 'out';`,
      },
    ],
    [
      'with a package of the workspace that ships TypeScript',
      {
        'drizzle.config.ts': ts('out', `import { out } from '@acme/settings';`),
        'node_modules/@acme/settings/package.json': { name: '@acme/settings', type: 'module', exports: './index.ts' },
        'node_modules/@acme/settings/index.ts': `import { end } from './end.js';\nexport const out: string = 'o' + end;`,
        'node_modules/@acme/settings/end.ts': `export const end: string = 'ut';`,
      },
    ],
    [
      'with paths of a tsconfig',
      {
        'drizzle.config.ts': ts('out', `import { out } from '@/settings';`),
        'tsconfig.json': { compilerOptions: { paths: { '@/*': ['./src/*'] } } },
        'src/settings.ts': `export const out: string = 'out';`,
      },
    ],
    ['JSON', { 'drizzle.config.json': { dialect: 'postgresql', out: 'out' } }],
  ];
  test.each(cases)('%s', async (_, files) => {
    const root = setup(files);
    expect((await loadConfig({ cwd: root })).migrationsFolder).toBe(join(root, 'out'));
  });

  test('one with a schema that imports a package that cannot be found, as long as it is not needed', async () => {
    const { migrationsFolder } = await load({
      'drizzle.config.ts': ts(`schema: './schema.ts', out: 'out'`),
      'schema.ts': `import 'not-installed';`,
    });
    expect(migrationsFolder).toMatch(/out$/);
  });

  test('a path with a space, a percent sign and letters beyond ASCII', async () => {
    const files = {
      'é %20 x/drizzle.config.ts': ts(
        'out',
        `import { out } from './lib';\nimport { readFileSync } from 'node:fs';\nreadFileSync(new URL('./lib.ts', import.meta.url));`,
      ),
      'é %20 x/lib.ts': `export const out = 'out';`,
    };
    expect((await load(files, 'é %20 x')).migrationsFolder).toMatch(/é %20 x\/out$/);
  });
});

describe('the working folder', () => {
  test('is that of the config while it is evaluated, and then what it was', async () => {
    const before = process.cwd();
    const root = setup({ 'drizzle.config.ts': ts('out: process.cwd()') });
    expect((await loadConfig({ cwd: root })).migrationsFolder).toBe(root);
    expect(process.cwd()).toBe(before);
  });

  test('is what it was after a config that throws, too', async () => {
    const before = process.cwd();
    await expect(load({ 'drizzle.config.ts': `throw new Error('no');` })).rejects.toThrow('no');
    expect(process.cwd()).toBe(before);
  });
});

describe('the cache of the bundle', () => {
  const read = async (root: string) => (await loadConfig({ cwd: root })).migrationsFolder.split('/').at(-1);

  test('is used again, and made anew when the config or a file it imports changes', async () => {
    const root = setup({
      'drizzle.config.ts': ts('out: a', `import { a } from './a';`),
      'a.ts': `export const a = 'one';`,
    });
    const cache = join(root, 'node_modules/.cache/migrator');
    expect(await read(root)).toBe('one');
    expect(readdirSync(cache)).toHaveLength(2);
    expect(await read(root)).toBe('one');
    writeFileSync(join(root, 'a.ts'), `export const a = 'two';`);
    expect(await read(root)).toBe('two');
    writeFileSync(join(root, 'drizzle.config.ts'), ts(`out: 'three'`));
    expect(await read(root)).toBe('three');
    expect(readdirSync(cache)).toHaveLength(2);
  });

  test('is made anew when it is damaged', async () => {
    const root = setup({ 'drizzle.config.ts': ts(`out: 'one'`) });
    await read(root);
    const cache = join(root, 'node_modules/.cache/migrator');
    for (const name of readdirSync(cache)) if (name.endsWith('.json')) writeFileSync(join(cache, name), '{');
    expect(await read(root)).toBe('one');
  });

  test('lies elsewhere where node_modules cannot hold it', async () => {
    const root = setup({ 'drizzle.config.ts': ts(`out: 'one'`), 'node_modules/.cache': 'a file' });
    expect(await read(root)).toBe('one');
  });
});

describe('the database comes from', () => {
  const config = ts(`dbCredentials: { url: process.env.DATABASE_URL! }`);
  const A = 'postgresql://a/a';
  const B = 'postgresql://b/b';
  const C = 'postgresql://c/c';

  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['nowhere: the embedded one is meant', {}, undefined],
    ['.env.local', { '.env.local': `DATABASE_URL=${A}` }, A],
    ['.env', { '.env': `DATABASE_URL=${A}` }, A],
    ['.env.local before .env', { '.env.local': `DATABASE_URL=${A}`, '.env': `DATABASE_URL=${B}` }, A],
    ['.env.local above, up to the root of the workspace', { '../.env.local': `DATABASE_URL=${A}` }, A],
    ['the nearest .env.local', { '.env.local': `DATABASE_URL=${A}`, '../.env.local': `DATABASE_URL=${B}` }, A],
    [
      '.env.local above before .env beside the config',
      { '../.env.local': `DATABASE_URL=${A}`, '.env': `DATABASE_URL=${B}` },
      A,
    ],
    ['no .env above: drizzle-kit reads none either', { '../.env': `DATABASE_URL=${A}` }, undefined],
    ['no .env.local above the root of the workspace', { '../../.env.local': `DATABASE_URL=${A}` }, undefined],
    ['.env where .env.local leaves it empty', { '.env.local': 'DATABASE_URL=', '.env': `DATABASE_URL=${B}` }, B],
    ['a file with quotes and comments', { '.env.local': `# here\nDATABASE_URL="${A}" # there\n` }, A],
  ])('%s', async (_, files, url) => {
    const root = makeFolder();
    writeFiles(join(root, 'workspace/db'), { 'drizzle.config.ts': config, '../pnpm-workspace.yaml': '', ...files });
    expect(urlOf(await loadConfig({ cwd: join(root, 'workspace/db') }))).toBe(url);
  });

  test('the environment, before every file', async () => {
    vi.stubEnv('DATABASE_URL', C);
    expect(urlOf(await load({ 'drizzle.config.ts': config, '.env.local': `DATABASE_URL=${A}` }))).toBe(C);
  });

  test('a file, where the environment has it empty', async () => {
    vi.stubEnv('DATABASE_URL', '');
    expect(urlOf(await load({ 'drizzle.config.ts': config, '.env.local': `DATABASE_URL=${A}` }))).toBe(A);
  });

  test('--url, before everything', async () => {
    vi.stubEnv('DATABASE_URL', C);
    const root = setup({
      'drizzle.config.ts': ts(`dbCredentials: { url: '${A}' }`),
      '.env.local': `DATABASE_URL=${B}`,
    });
    expect(urlOf(await loadConfig({ cwd: root, url: 'postgresql://flag/x' }))).toBe('postgresql://flag/x');
  });

  test('the config itself, before DATABASE_URL', async () => {
    vi.stubEnv('DATABASE_URL', C);
    expect(urlOf(await load({ 'drizzle.config.ts': ts(`dbCredentials: { url: '${A}' }`) }))).toBe(A);
  });

  test('DATABASE_URL, where the config says nothing', async () => {
    vi.stubEnv('DATABASE_URL', C);
    expect(urlOf(await load({ 'drizzle.config.ts': ts('') }))).toBe(C);
    expect(urlOf(await load({ 'drizzle.config.ts': ts(`dbCredentials: { url: '' }`) }))).toBe(C);
  });

  test.each(['PGHOST', 'PGDATABASE'])('%s, where nothing else is said', async (name) => {
    vi.stubEnv(name, 'x');
    expect((await load({ 'drizzle.config.ts': config })).credentials).toEqual({});
  });

  test('host and port', async () => {
    const { credentials } = await load({
      'drizzle.config.ts': ts(`dbCredentials: { host: 'h', port: '5433', database: 'd' }`),
    });
    expect(credentials).toEqual({ host: 'h', port: 5433, database: 'd', ssl: undefined });
  });
});

describe('faults are told all at once', () => {
  const faultsOf = async (raw: Record<string, unknown>) => {
    try {
      await load({ 'drizzle.config.json': { dialect: 'postgresql', ...raw } });
    } catch (error) {
      if (error instanceof MigratorError) return error.data?.faults;
    }
    return [];
  };
  test.each<[Record<string, unknown>, string[]]>([
    [{ out: 1 }, ['`out` must be a string, not number.']],
    [
      { migrator: 'x' },
      [
        '`migrator` must be an object with `trashSchema`, `ignore`, `lint`, `drift`, `backup`, `backfill`, `gate`, `changeset`, `production` and `postgresVersion`.',
      ],
    ],
    [
      { migrator: { ignore: ['a', 1] } },
      ['`migrator.ignore` must be a list of patterns, such as `audit_*` or `table:public.tmp_*`.'],
    ],
    [{ migrator: { ignored: [] } }, ['`migrator.ignored` is no known field; did you mean `ignore`?']],
    [
      { migrator: { audit: [] } },
      [
        '`migrator.audit` is no known field; there are `trashSchema`, `ignore`, `lint`, `drift`, `backup`, `backfill`, `gate`, `changeset`, `production` and `postgresVersion`.',
      ],
    ],
    [{ migrator: { drift: [] } }, ['`migrator.drift` must be an object with `accepted`, `owners` and `grants`.']],
    [
      { migrator: { drift: { owner: true, audit: 1, grants: 'yes', accepted: '' } } },
      [
        '`migrator.drift.owner` is no known field; did you mean `owners`?',
        '`migrator.drift.audit` is no known field; there are `accepted`, `owners` and `grants`.',
        '`migrator.drift.accepted` must be the path of a file, such as `./drift-accepted.json`.',
        '`migrator.drift.grants` must be true or false.',
      ],
    ],
    [{ migrations: 'x' }, ['`migrations` must be an object with `table` and `schema`.']],
    [
      { migrations: { table: 1, schema: 2 } },
      ['`migrations.table` must be a string, not number.', '`migrations.schema` must be a string, not number.'],
    ],
    [{ dbCredentials: 'x' }, ['`dbCredentials` must be an object with `url`, or with `host` and `database`.']],
    [{ dbCredentials: { url: 1 } }, ['`dbCredentials.url` must be a string.']],
    [{ dbCredentials: { host: 'h' } }, ['`dbCredentials` has a `host` but no `database`.']],
    [
      { driver: 'aws-data-api' },
      ["`driver: 'aws-data-api'` is not a server that migrator can connect to; leave `driver` out."],
    ],
    [
      { out: 1, driver: 'x', dbCredentials: { host: 'h' } },
      [
        "`driver: 'x'` is not a server that migrator can connect to; leave `driver` out.",
        '`out` must be a string, not number.',
        '`dbCredentials` has a `host` but no `database`.',
      ],
    ],
    [{ out: null }, ['`out` must be a string, not object.']],
    [{ out: '' }, ['`out` is empty; leave it out for `./drizzle`.']],
    [
      { migrations: { table: '', schema: '' } },
      [
        '`migrations.table` is empty; leave it out for `__drizzle_migrations`.',
        '`migrations.schema` is empty; leave it out for `drizzle`.',
      ],
    ],
    [
      { migrations: { tabel: 'x', migrationsTable: 'y', folder: 'z' } },
      [
        '`migrations.tabel` is no known field; did you mean `table`?',
        '`migrations.migrationsTable` is no known field; there are `table`, `schema` and `prefix`.',
        '`migrations.folder` is no known field; there are `table`, `schema` and `prefix`.',
      ],
    ],
    [{ migrations: { table: 't', schema: 's', prefix: 'timestamp' } }, []],
    [
      { dbCredentials: { host: 'h', database: 'd', port: 65536, ssl: 'requir' } },
      [
        '`dbCredentials.port` is not a number from 1 to 65535. Correct it; characters such as @ / : # in the password of a URL must be percent-encoded. (DATABASE_URL, `--url` or `dbCredentials`)',
        '`requir` is no `sslmode`; there are disable, allow, prefer, require, verify-ca, verify-full, no-verify. Did you mean `require`? (`dbCredentials.ssl`)',
      ],
    ],
    [{ dbCredentials: { host: 'h', database: 'd', port: '' } }, []],
    [{ migrator: { backup: { folder: 'kept', keep: 3, keepFor: '30d', pgDump: 'builtin' } } }, []],
    [
      { migrator: { backup: { keeep: 1, keep: 0, keepFor: 'long', folder: '' } } },
      [
        '`migrator.backup.keeep` is no known field; did you mean `keep`?',
        '`migrator.backup.keep` must be a whole number from 1 on.',
        "`migrator.backup.keepFor` must be a duration, such as `'30d'`.",
        '`migrator.backup.folder` is empty; leave it out for `.migrator/backups`.',
      ],
    ],
    [
      { migrator: { backup: true } },
      ['`migrator.backup` must be an object with `folder`, `keep`, `keepFor` and `pgDump`.'],
    ],
    [
      { migrator: { gate: { ignore: ['grafana*', 'user:*', 3], hartbeat: {} } } },
      [
        '`migrator.gate.hartbeat` is no known field; did you mean `heartbeat`?',
        "`migrator.gate.ignore` must be a list of patterns, such as `'grafana*'` or `'user:monitoring'`.",
      ],
    ],
    [
      { migrator: { gate: { heartbeat: { table: 'a.b.c', fresh: 'soon', columns: { tag: '', label: 'x' } } } } },
      [
        "`migrator.gate.heartbeat.table` must name a table, such as `'app_instances'` or `'ops.app_instances'`.",
        '`migrator.gate.heartbeat.columns.label` is no known field; there are `app`, `version`, `packageVersion`, `tag`, `host`, `startedAt`, `seenAt`.',
        '`migrator.gate.heartbeat.columns.tag` must be the name of a column.',
        "`migrator.gate.heartbeat.fresh` must be a duration longer than the time between two beats, such as `'1m'`.",
      ],
    ],
    [
      { migrator: { changeset: { pakage: '@app/db', folder: '' } } },
      [
        '`migrator.changeset.pakage` is no known field; did you mean `package`?',
        "`migrator.changeset.package` must be the name of the package that holds the migrations, such as `'@app/db'`.",
        "`migrator.changeset.folder` must be a path, such as `'../../.changeset'`.",
      ],
    ],
    [{ migrator: { changeset: '@app/db' } }, ['`migrator.changeset` must be an object with `package` and `folder`.']],
    [
      { migrator: { backfill: { batch: 'soon', lagg: '10s', pause: '1h' } } },
      [
        '`migrator.backfill.lagg` is no known field; did you mean `lag`?',
        "`migrator.backfill.batch` must be a duration, such as `'250ms'` or `'5m'`.",
      ],
    ],
    [{ migrator: { backfill: { batch: '100ms', lag: '10s', transaction: '5m', pause: '1h' } } }, []],
    [{ migrator: { gate: [] } }, ['`migrator.gate` must be an object with `ignore`, `heartbeat`.']],
    [{ migrator: { gate: { heartbeat: { table: 'ops.instances', fresh: '90s', columns: { tag: 'tag' } } } } }, []],
    [{}, []],
  ])('%j', async (raw, faults) => {
    expect(await faultsOf(raw)).toEqual(faults);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ out: '' }, 'The config names no dialect.'],
    [
      { out: '', dialect: 'sqlite', dbCredentials: { url: 'x.db' } },
      'The config is for dialect `sqlite`; migrator knows PostgreSQL only.',
    ],
  ])('and a wrong dialect before them: %j', async (raw, message) => {
    await expect(load({ 'drizzle.config.json': raw })).rejects.toMatchObject({
      code: 'unsupported-dialect',
      message,
      data: { faults: ['`out` is empty; leave it out for `./drizzle`.'] },
    });
  });

  test('and the advice counts them', async () => {
    const fixOf = (raw: object) =>
      load({ 'drizzle.config.json': { dialect: 'postgresql', ...raw } }).catch((error) => error.fix);
    expect(await fixOf({ out: 1 })).toMatch(/^Correct it;/);
    expect(await fixOf({ out: 1, driver: 'x' })).toMatch(/^Correct them;/);
  });

  test.each(['mysql', 'sqlite', 'turso', 'singlestore', 'gel', 7])('dialect %j: PostgreSQL only', async (dialect) => {
    await expect(load({ 'drizzle.config.json': { dialect } })).rejects.toMatchObject({
      code: 'unsupported-dialect',
      message: `The config is for dialect \`${dialect}\`; migrator knows PostgreSQL only.`,
    });
  });
});

test('an error of an imported file is placed in that file', async () => {
  const root = setup({
    'drizzle.config.ts': ts('', `import './lib/b';`),
    'lib/b.ts': `interface A {\n  readonly a: string;\n}\n\nfunction fail(): A {\n  throw new Error('no vault');\n}\nfail();\n`,
  });
  await expect(loadConfig({ cwd: root })).rejects.toMatchObject({
    code: 'config-failed',
    message: 'The config cannot be loaded: no vault',
    where: `${join(root, 'lib/b.ts')}:6`,
  });
  writeFileSync(join(root, 'lib/b.ts'), 'const a = 1;\nconst a = 2;\n');
  await expect(loadConfig({ cwd: root })).rejects.toMatchObject({
    code: 'config-failed',
    where: `${join(root, 'lib/b.ts')}:2`,
  });
});
