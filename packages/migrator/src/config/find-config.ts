import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';

/** In drizzle-kit's order, with the module kinds it takes by `--config`. */
const NAMES = [
  'drizzle.config.ts',
  'drizzle.config.js',
  'drizzle.config.json',
  'drizzle.config.mts',
  'drizzle.config.mjs',
  'drizzle.config.cts',
  'drizzle.config.cjs',
];

/**
 * The config file: `named` if given, else the nearest in `cwd` or a folder above it. Throws `no-config`, with the config
 * files that stand a little below as hints.
 */
export function findConfig(cwd: string, named?: string): string {
  if (named !== undefined) {
    const path = isAbsolute(named) ? named : resolve(cwd, named);
    if (existsSync(path)) return path;
    throw new MigratorError('no-config', {
      message: `There is no config file \`${named}\`.`,
      where: path,
      fix: 'Correct `--config`, or leave it out to use the nearest drizzle.config.ts.',
    });
  }
  const nearest = nearestConfig(cwd);
  if (nearest !== undefined) return nearest;
  const below = configsBelow(cwd);
  throw new MigratorError('no-config', {
    message: 'There is no drizzle.config.ts in this folder or above it.',
    where: cwd,
    fix: below[0]
      ? `Name one with \`--config ${below[0]}\`${below.length > 1 ? ` (there is also ${below.slice(1).join(', ')})` : ''}, or run the command in its folder.`
      : 'Run the command in a folder that has one, or name it with `--config path/to/drizzle.config.ts`.',
  });
}

export function nearestConfig(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const name = NAMES.find((candidate) => existsSync(join(folder, candidate)));
    if (name) return join(folder, name);
    if (dirname(folder) === folder) return undefined;
  }
}

/** A migrations folder without any config: `drizzle` in `cwd`, as drizzle-kit names it by default, or `cwd` itself. */
export function findFolderAlone(cwd: string): string | undefined {
  if (nearestConfig(cwd) !== undefined) return undefined;
  return [join(cwd, 'drizzle'), resolve(cwd)].find(
    (folder) =>
      existsSync(join(folder, 'meta', '_journal.json')) ||
      safeRead(folder).some(({ name }) => existsSync(join(folder, name, 'migration.sql'))) ||
      // Its journal is lost: that is told where the folder is read.
      (folder !== resolve(cwd) && safeRead(folder).some(({ name }) => name.endsWith('.sql'))),
  );
}

/** Config files up to two folders down, as monorepos have them. */
function configsBelow(cwd: string): string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number) => {
    for (const entry of safeRead(folder)) {
      const path = join(folder, entry.name);
      if (NAMES.includes(entry.name)) found.push(relative(cwd, path));
      else if (depth < 2 && entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        look(path, depth + 1);
    }
  };
  look(cwd, 0);
  return found.slice(0, 5);
}

function safeRead(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
