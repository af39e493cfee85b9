import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { Catalog, CatalogObject } from '../catalog/index.js';
import { throwIfAborted } from '../database/abort.js';
import { MigratorError } from '../errors/migrator-error.js';
import { readTar } from './tar.js';
import { type CheckedBackup, FORMAT, FORMAT_VERSION, type Manifest, type Member } from './types.js';

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes that were read, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Reads a backup from end to end and compares every checksum: what it gives back is whole. Touches no database. Throws
 * `backup-unreadable`, which names the file and what is wrong with it.
 */
export async function checkBackup(path: string, options: CheckOptions = {}): Promise<CheckedBackup> {
  return withBackup(path, async (file) => {
    const { members, manifest } = await readContents(file);
    const { size } = await file.stat();
    const expected = parseChecksums(await readMember(file, members, 'SHA256SUMS'));
    let done = 0;
    for (const [name, member] of members) {
      if (name === 'SHA256SUMS') continue;
      throwIfAborted(options.signal);
      const hash = createHash('sha256');
      for await (const chunk of contentOf(path, member)) {
        hash.update(chunk as Buffer);
        done += (chunk as Buffer).length;
        options.onProgress?.(done, size);
      }
      if (hash.digest('hex') !== expected.get(name))
        throw new Damage(`the content of \`${name}\` is not what was written`);
      expected.delete(name);
    }
    const [lacking] = expected.keys();
    if (lacking !== undefined) throw new Damage(`\`${lacking}\` is not in it`);
    const objects = JSON.parse(
      gunzipSync(await readMember(file, members, 'catalog.json.gz')).toString(),
    ) as CatalogObject[];
    const catalog: Catalog = new Map(objects.map((object) => [object.key, object]));
    return { path, size, manifest, members, catalog };
  });
}

/** What a backup says of itself, without a look at its content; that its end is there is known. Throws `backup-unreadable`. */
export async function readManifest(path: string): Promise<{ readonly manifest: Manifest; readonly size: number }> {
  return withBackup(path, async (file) => {
    const [{ manifest }, { size }] = [await readContents(file), await file.stat()];
    return { manifest, size };
  });
}

/** The bytes of a member, as they stand in the archive. */
export function contentOf(path: string, { offset, size }: Member): NodeJS.ReadableStream {
  // With an `end` before its `start`, Node would read on.
  return size === 0
    ? Readable.from([])
    : createReadStream(path, { start: offset, end: offset + size - 1, highWaterMark: 1 << 18 });
}

export async function readText(backup: Pick<CheckedBackup, 'path' | 'members'>, name: string): Promise<string> {
  return withBackup(backup.path, async (file) => (await readMember(file, backup.members, name)).toString('utf8'));
}

/** What is wrong with the content of a file, as the end of a sentence. */
class Damage extends Error {}

async function readContents(file: FileHandle): Promise<{
  readonly members: ReadonlyMap<string, Member>;
  readonly manifest: Manifest;
}> {
  const members = new Map((await readTar(file)).map((member) => [member.name, member]));
  if (!members.has('manifest.json')) throw new Damage('it is an archive of something else: it has no `manifest.json`');
  const manifest = JSON.parse((await readMember(file, members, 'manifest.json')).toString('utf8')) as Manifest;
  if (manifest.format !== FORMAT) throw new Damage('it is an archive of something else');
  if (manifest.version > FORMAT_VERSION)
    throw new Damage(`it was written by a newer release (${manifest.tool}); update @melodia/migrator`);
  if (!members.has('SHA256SUMS')) throw new Damage('its checksums are missing');
  return { members, manifest };
}

async function readMember(file: FileHandle, members: ReadonlyMap<string, Member>, name: string): Promise<Buffer> {
  const member = members.get(name);
  if (!member) throw new Damage(`\`${name}\` is not in it`);
  const content = Buffer.alloc(member.size);
  for (let done = 0; done < member.size; ) {
    const { bytesRead } = await file.read(content, done, member.size - done, member.offset + done);
    if (bytesRead === 0) throw new Damage(`it ends within \`${name}\``);
    done += bytesRead;
  }
  return content;
}

/** As `sha256sum` prints them. */
function parseChecksums(content: Buffer): Map<string, string> {
  const lines = content.toString('utf8').split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [, hash = '', name = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      return [name, hash];
    }),
  );
}

async function withBackup<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await use(file);
  } catch (cause) {
    throw cause instanceof MigratorError ? cause : unreadable(path, cause as Error & { readonly code?: string });
  } finally {
    await file?.close();
  }
}

function unreadable(path: string, cause: Error & { readonly code?: string }): MigratorError {
  const isMissing = cause.code === 'ENOENT';
  const what = isMissing
    ? 'there is no such file'
    : cause instanceof SyntaxError
      ? 'its `manifest.json` is damaged'
      : cause.message;
  return new MigratorError('backup-unreadable', {
    message: `The backup cannot be used: ${what}.`,
    where: path,
    state: 'Nothing was changed.',
    fix: isMissing
      ? 'Correct the path; `migrator backup --list` shows what there is.'
      : 'Take another backup: `migrator backup --list` shows what there is.',
    cause,
  });
}
