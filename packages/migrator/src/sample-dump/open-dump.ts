import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MigratorError } from '../errors/migrator-error.js';
import type { SampleFile } from './types.js';

/**
 * The bytes of a plain-text dump, unpacked where it is gzip'ed. Throws `sample-unreadable` for what cannot be opened or is
 * no plain text; a fault in the packing shows while it is read.
 */
export function openDump(file: SampleFile): Readable {
  const head = readHead(file);
  const stream = createReadStream(file.path);
  if (!(head[0] === 0x1f && head[1] === 0x8b)) return stream;
  const unpacked = createGunzip();
  stream.on('error', (error) => unpacked.destroy(error));
  return stream.pipe(unpacked);
}

/** What is no plain text, by the bytes that it begins with. */
const PACKED: readonly (readonly [magic: string, what: string])[] = [
  ['28b52ffd', 'zstd'],
  ['04224d18', 'lz4'],
  ['425a68', 'bzip2'],
  ['fd377a585a00', 'xz'],
  ['504b0304', 'zip'],
];

function readHead(file: SampleFile): Buffer {
  const head = Buffer.alloc(512);
  let isFolder: boolean;
  let length = 0;
  try {
    isFolder = statSync(file.path).isDirectory();
    if (!isFolder) {
      const descriptor = openSync(file.path, 'r');
      length = readSync(descriptor, head);
      closeSync(descriptor);
    }
  } catch (cause) {
    throw unreadable(file, {
      message: `The sample cannot be read: ${(cause as Error).message}.`,
      fix: 'Give the path of a file that `pg_dump --data-only` has written.',
      cause,
    });
  }
  const bytes = head.subarray(0, length);
  if (
    isFolder ||
    bytes.subarray(0, 5).equals(Buffer.from('PGDMP')) ||
    bytes.subarray(257, 262).toString() === 'ustar'
  ) {
    throw unreadable(file, {
      message: `The sample is a dump in ${isFolder ? "pg_dump's directory" : bytes[0] === 0x50 ? "pg_dump's custom" : 'a tar'} format, not in plain text.`,
      fix: `Run \`pg_restore --data-only -f sample.sql ${file.name}\`, and give \`--sample sample.sql\`.`,
    });
  }
  const packed = PACKED.find(([magic]) => bytes.toString('hex').startsWith(magic))?.[1];
  if (packed) {
    throw unreadable(file, {
      message: `The sample is packed with ${packed}; only plain text and gzip can be read.`,
      fix: `Unpack it, or pack it with gzip.`,
    });
  }
  return bytes;
}

export function unreadable(
  { name }: SampleFile,
  told: { readonly message: string; readonly fix: string; readonly line?: number; readonly cause?: unknown },
): MigratorError {
  return new MigratorError('sample-unreadable', {
    message: told.message,
    where: told.line === undefined ? name : `${name}:${told.line}`,
    state: 'Nothing of it was used, and no database of yours was touched.',
    fix: told.fix,
    ...(told.cause !== undefined && { cause: told.cause }),
  });
}
