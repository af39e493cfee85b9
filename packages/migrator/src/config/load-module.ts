import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { VERSION } from '../version.js';

interface CachedBundle {
  /** Every file that went into it, with the sha256 of its content. */
  readonly inputs: readonly (readonly [path: string, hash: string])[];
}

/**
 * Loads a TypeScript or JavaScript module with what it imports. It is bundled by esbuild once and kept under
 * node_modules/.cache until one of its files changes: transpiling anew would cost more than a whole no-op migrate.
 */
export async function loadModule(path: string): Promise<Record<string, unknown>> {
  if (path.endsWith('.json')) return { default: JSON.parse(readFileSync(path, 'utf8')) };
  const folder = cacheFolder(dirname(path));
  const name = createHash('sha256').update(`${VERSION} ${path}`).digest('hex').slice(0, 16);
  const module = join(folder, `${name}.mjs`);
  const manifest = join(folder, `${name}.json`);
  if (!isFresh(module, manifest)) {
    const { bundleModule } = await import('./bundle-module.js');
    const { code, inputs } = await bundleModule(path);
    const content: CachedBundle = { inputs: inputs.map((input) => [input, hashOf(input) ?? ''] as const) };
    mkdirSync(folder, { recursive: true });
    replaceFile(module, code);
    replaceFile(manifest, JSON.stringify(content));
  }
  // The query makes a changed bundle a new module for this process.
  const loaded: unknown = await import(`${pathToFileURL(module).href}?${hashOf(module)?.slice(0, 8)}`);
  return loaded as Record<string, unknown>;
}

function isFresh(module: string, manifest: string): boolean {
  if (!existsSync(module)) return false;
  try {
    const { inputs } = JSON.parse(readFileSync(manifest, 'utf8')) as CachedBundle;
    return inputs.length > 0 && inputs.every(([path, hash]) => hashOf(path) === hash);
  } catch {
    return false;
  }
}

/** The nearest node_modules that may be written to; a folder for temporary files where there is none. */
function cacheFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) {
      const cache = join(modules, '.cache', 'migrator');
      try {
        mkdirSync(cache, { recursive: true });
        return cache;
      } catch {
        break;
      }
    }
    if (dirname(folder) === folder) break;
  }
  return join(tmpdir(), `migrator-cache-${process.getuid?.() ?? 0}`);
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
