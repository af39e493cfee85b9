import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MigratorError } from '../errors/migrator-error.js';
import { VERSION } from '../version.js';
import { importModule } from './import-module.js';
import { loadFailure } from './load-failure.js';

interface CachedBundle {
  /** Every file that went into it, with the sha256 of its content. */
  readonly inputs: readonly (readonly [path: string, hash: string])[];
}

/**
 * Loads a TypeScript or JavaScript module with what it imports. It is bundled by esbuild once and kept under
 * node_modules/.cache until one of its files changes: transpiling anew would cost more than a whole no-op migrate.
 * Throws `config-failed`, with the place in the sources.
 */
export async function loadModule(path: string): Promise<Record<string, unknown>> {
  try {
    if (path.endsWith('.json')) return { default: JSON.parse(readFileSync(path, 'utf8')) };
    const files = cacheFiles(path);
    if (!isFresh(files)) await writeBundle(path, files);
    return await importBundle(path, files);
  } catch (error) {
    throw error instanceof MigratorError ? error : loadFailure(error, path);
  }
}

async function writeBundle(path: string, { module, manifest }: CacheFiles): Promise<void> {
  const { bundleModule } = await import('./bundle-module.js');
  const { code, inputs } = await bundleModule(path);
  const content: CachedBundle = { inputs: inputs.map((input) => [input, hashOf(input) ?? ''] as const) };
  replaceFile(module, code);
  replaceFile(manifest, JSON.stringify(content));
}

async function importBundle(path: string, { module, manifest }: CacheFiles): Promise<Record<string, unknown>> {
  try {
    // The query makes a changed bundle a new module for this process.
    return await importModule(`${pathToFileURL(module).href}?${hashOf(module)?.slice(0, 8)}`);
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(module, path);
    const sources = readInputs(manifest).map(([input]) => input);
    throw loadFailure(error, path, { module, sources });
  }
}

interface CacheFiles {
  readonly module: string;
  readonly manifest: string;
}

function cacheFiles(path: string): CacheFiles {
  const folder = cacheFolder(dirname(path));
  const name = createHash('sha256').update(`${VERSION} ${path}`).digest('hex').slice(0, 16);
  return { module: join(folder, `${name}.mjs`), manifest: join(folder, `${name}.json`) };
}

function isFresh({ module, manifest }: CacheFiles): boolean {
  const inputs = existsSync(module) ? readInputs(manifest) : [];
  return inputs.length > 0 && inputs.every(([path, hash]) => hashOf(path) === hash);
}

function readInputs(manifest: string): CachedBundle['inputs'] {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as CachedBundle).inputs;
  } catch {
    return [];
  }
}

/** The nearest node_modules, if it may be written to; else a folder for temporary files that only we can write to. */
function cacheFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) {
      const cache = join(modules, '.cache', 'migrator');
      if (isWritable(cache)) return cache;
      break;
    }
    if (dirname(folder) === folder) break;
  }
  const shared = join(tmpdir(), `migrator-cache-${process.getuid?.() ?? 0}`);
  return isOnlyOurs(shared) ? shared : mkdtempSync(join(tmpdir(), 'migrator-cache-'));
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What lies there is run: a folder that somebody else made under this name, or can write to, will not do. */
function isOnlyOurs(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function hashOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

/** Two commands may write it at once. */
function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
