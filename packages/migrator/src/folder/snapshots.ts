import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** `id` and `prevId` of a snapshot: the links of the chain. Undefined where the file is not a snapshot at all. */
export interface SnapshotHead {
  /** File name, such as `0003_snapshot.json`. */
  readonly file: string;
  /** The part before `_snapshot.json`: the prefix of the migration's tag. */
  readonly prefix: string;
  readonly id: string | undefined;
  readonly prevId: string | undefined;
}

/**
 * Reads only the links of each snapshot. drizzle-kit writes them first, so a few hundred bytes do for files that may
 * have megabytes each; where they stand elsewhere, the whole file is read.
 */
export function readSnapshotHeads(metaDirectory: string): SnapshotHead[] {
  return listSnapshots(metaDirectory).map((file) => {
    const prefix = file.slice(0, -'_snapshot.json'.length);
    const path = join(metaDirectory, file);
    const start = readStart(path, 512);
    const quick = { id: field(start, 'id'), prevId: field(start, 'prevId') };
    if (quick.id !== undefined && quick.prevId !== undefined) return { file, prefix, ...quick };
    return { file, prefix, ...readWhole(path) };
  });
}

function listSnapshots(metaDirectory: string): string[] {
  try {
    return readdirSync(metaDirectory)
      .filter((name) => name.endsWith('_snapshot.json'))
      .sort();
  } catch {
    return [];
  }
}

function readStart(path: string, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}

function field(json: string, name: string): string | undefined {
  return new RegExp(`"${name}"\\s*:\\s*"([^"]*)"`).exec(json)?.[1];
}

function readWhole(path: string): { id: string | undefined; prevId: string | undefined } {
  try {
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof json !== 'object' || json === null) return { id: undefined, prevId: undefined };
    const { id, prevId } = json as { id?: unknown; prevId?: unknown };
    return { id: typeof id === 'string' ? id : undefined, prevId: typeof prevId === 'string' ? prevId : undefined };
  } catch {
    return { id: undefined, prevId: undefined };
  }
}
