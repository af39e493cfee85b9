import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenerateConfig } from '../config/config.js';
import { loadModule } from '../config/load-module.js';
import { MigratorError } from '../errors/migrator-error.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { snapshotOf } from './drizzle-kit.js';
import { schemaFiles } from './schema-files.js';
import type { Snapshot } from './snapshot.js';

/** The snapshot of what the schema files of a project mean, as the child of `prevId`. Throws `schema-failed`, with the place. */
export async function loadSchema(config: GenerateConfig, root: string, prevId: string): Promise<Snapshot> {
  const exports = await loadSchemaExports(config.schema, root);
  return snapshotOf(exports, { root, prevId, casing: config.casing });
}

/** All values that the schema files of a project export. Throws `schema-failed`, with the place. */
export function loadSchemaExports(schema: readonly string[], root: string): Promise<unknown[]> {
  return importAll(schemaFiles(schema, root), root);
}

/** All values that the files export. They are one bundle: a table that two files import must be one object. */
async function importAll(files: readonly string[], root: string): Promise<unknown[]> {
  const [only] = files;
  try {
    if (files.length === 1 && only !== undefined) return Object.values(await loadModule(only));
    const module = await loadModule(writeEntry(files, root));
    return Object.values(module).flatMap((part) => Object.values(part as Record<string, unknown>));
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'config-failed') throw error;
    const { where, detail, fix, cause } = error;
    throw new MigratorError('schema-failed', {
      message: error.message.replace('The config', 'The schema'),
      state: 'Nothing was written.',
      ...(where && { where }),
      ...(detail && { detail }),
      ...(fix && { fix }),
      cause,
    });
  }
}

function writeEntry(files: readonly string[], root: string): string {
  const text = files.map((path, index) => `export * as file${index} from ${JSON.stringify(path)};\n`).join('');
  const name = `schema-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.mjs`;
  const path = join(entryFolder(root), name);
  writeFileAtomically(path, text);
  return path;
}

function entryFolder(root: string): string {
  const folder = join(root, 'node_modules', '.cache', 'migrator');
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch {
    return mkdtempSync(join(tmpdir(), 'migrator-schema-'));
  }
}
