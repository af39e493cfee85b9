import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';

/**
 * The files that `schema` of a config names, as drizzle-kit finds them: files, folders (their files, not those below) and
 * globs. Absolute, without duplicates. Throws `schema-failed` when there are none.
 */
export function schemaFiles(patterns: readonly string[], root: string): string[] {
  const files = new Set<string>();
  for (const pattern of patterns) for (const path of expand(pattern, root)) files.add(path);
  const modules = [...files].filter((path) => /\.[cm]?[jt]s$/.test(path) && !/\.d\.[cm]?ts$/.test(path));
  if (modules.length > 0) return modules;
  throw new MigratorError('schema-failed', {
    message:
      patterns.length === 0
        ? 'The config names no schema files.'
        : `No file fits \`schema\` of the config: ${patterns.join(', ')}.`,
    where: root,
    state: 'Nothing was written.',
    fix: "Set `schema` in drizzle.config.ts to your schema files, such as './src/schema/*.ts'; the path starts at the folder of the config.",
  });
}

function expand(pattern: string, root: string): string[] {
  const path = resolve(root, pattern);
  const kind = kindOf(path);
  if (kind === 'file') return [path];
  if (kind === 'folder') return filesIn(path);
  if (!/[*?[{]/.test(pattern)) return [];
  const fixed = path.slice(0, path.search(/[*?[{]/));
  const folder = fixed.slice(0, fixed.lastIndexOf(sep)) || sep;
  const regex = globRegex(relative(folder, path).split(sep).join('/'));
  return below(folder, folder)
    .filter((file) => regex.test(file))
    .flatMap((file) => (kindOf(join(folder, file)) === 'folder' ? filesIn(join(folder, file)) : [join(folder, file)]));
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? 'folder' : found?.isFile() ? 'file' : undefined;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name))
    .sort();
}

/** Everything below a folder, relative to `base` and with slashes; node_modules and hidden folders stay out, as in globs. */
function below(folder: string, base: string): string[] {
  if (kindOf(folder) !== 'folder') return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      const shown = relative(base, path).split(sep).join('/');
      return entry.isDirectory() ? [shown, ...below(path, base)] : [shown];
    });
}

function globRegex(glob: string): RegExp {
  let source = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at] ?? '';
    if (glob.startsWith('**/', at)) {
      source += '(?:.*/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      source += '.*';
      at += 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end === -1) source += '\\[';
      else {
        source += `[${glob.slice(at + 1, end).replace(/^!/, '^')}]`;
        at = end;
      }
    } else if (character === '{') {
      depth += 1;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (character === ',' && depth > 0) source += '|';
    else source += character.replace(/[.+^$()|\\{}\]]/g, '\\$&');
  }
  return new RegExp(`^${source}$`);
}
