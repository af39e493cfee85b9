import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../core/types.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { snapshotDifference } from '../generate/rebuild-snapshot.js';
import { parseSnapshot, type Snapshot } from '../generate/snapshot.js';
import type { Scratch } from '../scratch/index.js';

/**
 * Whether the snapshot that `generate` builds upon says what the files make, which must have run on scratch before. One that is lost,
 * of an old version, or cannot be read, has findings of its own.
 */
export async function newestSnapshotFindings(
  scratch: Scratch,
  { directory, migrations }: MigrationsFolder,
  shown: (path: string) => string,
): Promise<Finding[]> {
  const last = migrations.at(-1);
  const file = `meta/${last?.tag.split('_')[0]}_snapshot.json`;
  const snapshot = readNewest(join(directory, file), shown(file));
  if (!last || !snapshot) return [];
  const history = migrations.flatMap(({ tag, path, file: up }) => (up ? [{ tag, path, sql: up.sql }] : []));
  const difference = await snapshotDifference(scratch, snapshot, history);
  if (difference === undefined) return [];
  return [
    {
      code: 'snapshot-differs',
      severity: 'warning',
      tag: last.tag,
      at: { file: shown(file) },
      message: `The newest snapshot does not say what the files make: ${difference}.`,
      consequence:
        'Databases are not affected, new or migrated. But drizzle-kit compares the schema with it: the next `generate` makes again what is there, or alters and drops what is not.',
      fix: `Run \`migrator repair --rebuild-snapshot ${last.tag}\`: it makes it anew, of what the files do.`,
    },
  ];
}

function readNewest(path: string, shown: string): Snapshot | undefined {
  try {
    return parseSnapshot(readFileSync(path, 'utf8'), shown);
  } catch {
    return undefined;
  }
}
