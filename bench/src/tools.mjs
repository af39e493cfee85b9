import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
export const packageFile = (name, path) => join(packageFolder(name), path);

function packageFolder(name) {
  return realpathSync(fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url)));
}

/** Another build of the migrator can be measured: `BENCH_MIGRATOR=/path/to/bin/migrator.cjs`. */
export const MIGRATOR = process.env.BENCH_MIGRATOR ?? packageFile('@melodia/migrator', 'bin/migrator.cjs');

const node = (...args) => ({ file: process.execPath, args });

/**
 * Every tool, started without npx or a shell. `command` is what is measured, given the folders of a history and the URL;
 * `database` names the database it keeps its own tracking in.
 */
export function tools() {
  const psql = findPsql();
  const dbmate = findDbmate();
  return [
    { name: 'migrator', command: ({ drizzle }) => ({ ...node(MIGRATOR, 'migrate'), cwd: drizzle }) },
    {
      name: 'migrator --atomic',
      applyOnly: true,
      command: ({ drizzle }) => ({ ...node(MIGRATOR, 'migrate', '--atomic'), cwd: drizzle }),
    },
    {
      name: 'drizzle-kit',
      command: ({ drizzle }) => ({ ...node(packageFile('drizzle-kit', 'bin.cjs'), 'migrate'), cwd: drizzle }),
    },
    { name: 'drizzle-orm script', command: ({ drizzle }) => ({ ...node('migrate.mjs'), cwd: drizzle }) },
    dbmate && {
      name: 'dbmate (npm)',
      command: (folders, url) => dbmateCommand(node(packageFile('dbmate', 'dist/cli.js')), folders, url),
    },
    dbmate && {
      name: 'dbmate (binary)',
      command: (folders, url) => dbmateCommand({ file: dbmate, args: [] }, folders, url),
    },
    {
      name: 'node-pg-migrate',
      command: ({ nodePgMigrate }) => ({
        ...node(packageFile('node-pg-migrate', 'bin/node-pg-migrate.js'), 'up', '-m', nodePgMigrate),
        cwd: dirname(nodePgMigrate),
      }),
    },
    psql && {
      name: 'psql -1',
      applyOnly: true,
      command: ({ allSql }, url) => ({
        file: psql,
        args: ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', allSql, url],
        cwd: dirname(allSql),
      }),
    },
  ].filter(Boolean);
}

function dbmateCommand({ file, args }, { dbmate }, url) {
  const options = ['--no-dump-schema', '--migrations-dir', dbmate, '--url', `${url}?sslmode=disable`, 'migrate'];
  return { file, args: [...args, ...options], cwd: dirname(dbmate) };
}

/** The binary itself: Debian's /usr/bin/psql is a wrapper that costs three times as much. */
export function findPsql() {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin/psql')).find(existsSync);
}

/** What the npm package starts. */
function findDbmate() {
  try {
    return createRequire(packageFile('dbmate', 'package.json')).resolve(
      `@dbmate/${process.platform}-${process.arch}/bin/dbmate`,
    );
  } catch {
    return undefined;
  }
}

export function versions() {
  const names = ['drizzle-kit', 'drizzle-orm', 'postgres', 'dbmate', 'node-pg-migrate', 'pg'];
  return names.map((name) => `${name} ${require(packageFile(name, 'package.json')).version}`).join(', ');
}
