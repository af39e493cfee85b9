import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { importModule } from '../config/import-module.js';
import { MigratorError } from '../errors/migrator-error.js';
import { completed, type Snapshot } from './snapshot.js';

type GenerateJson = (
  imports: Record<string, unknown>,
  prevId?: string,
  schemaFilters?: string[],
  casing?: string,
) => unknown;

/**
 * What drizzle-kit makes of the exports of the schema files: the snapshot that means the same. The project's own drizzle-kit
 * is used, so that its `generate` agrees with ours. Throws `drizzle-kit-missing`, or `schema-failed` with its words.
 */
export async function snapshotOf(
  exports: readonly unknown[],
  options: { readonly root: string; readonly prevId: string; readonly casing: 'snake_case' | 'camelCase' | undefined },
): Promise<Snapshot> {
  const generateJson = await loadKit(options.root);
  // Keys do not matter to it; a value that is exported twice must come once.
  const imports = Object.fromEntries([...new Set(exports)].map((value, index) => [String(index), value]));
  const json = withoutExit(() => generateJson(imports, options.prevId, undefined, options.casing));
  // Through JSON, as it is written to the file: undefined parts are gone.
  return completed(JSON.parse(JSON.stringify(json)) as Partial<Snapshot>);
}

async function loadKit(root: string): Promise<GenerateJson> {
  const kit = (await importModule(pathToFileURL(findKit(root)).href)) as { generateDrizzleJson?: unknown };
  if (typeof kit.generateDrizzleJson === 'function') return kit.generateDrizzleJson as GenerateJson;
  throw missing(root, 'The drizzle-kit of this project has no `generateDrizzleJson`.');
}

function findKit(root: string): string {
  try {
    const path = createRequire(join(root, 'package.json')).resolve('drizzle-kit/api');
    // The schema is loaded as ES modules; the twin of that kind shares drizzle-orm with it.
    const twin = join(dirname(path), 'api.mjs');
    return existsSync(twin) ? twin : path;
  } catch (cause) {
    throw missing(root, 'drizzle-kit is not installed here.', cause);
  }
}

function missing(root: string, message: string, cause?: unknown): MigratorError {
  return new MigratorError('drizzle-kit-missing', {
    message,
    where: root,
    state: 'Nothing was written.',
    fix: 'Add it to the project: `npm install --save-dev drizzle-kit@^0.31`.',
    ...(cause !== undefined && { cause }),
  });
}

/** drizzle-kit prints what is wrong with a schema, and ends the process. Both are turned into an error here. */
function withoutExit<T>(work: () => T): T {
  const host = process;
  const { console: out } = globalThis;
  const { exit } = host;
  const { log } = out;
  const said: string[] = [];
  const marker = new Error('exit');
  out.log = (...words: unknown[]) => void said.push(words.map(String).join(' '));
  host.exit = () => {
    throw marker;
  };
  try {
    return work();
  } catch (cause) {
    const words = stripVTControlCharacters(said.join('\n')).trim();
    throw new MigratorError('schema-failed', {
      message:
        cause === marker
          ? 'drizzle-kit refuses the schema.'
          : `The schema cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: 'schema',
      ...(words && { detail: words }),
      state: 'Nothing was written.',
      fix: 'Correct the schema.',
      cause,
    });
  } finally {
    host.exit = exit;
    out.log = log;
  }
}
