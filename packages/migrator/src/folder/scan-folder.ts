import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../core/hash.js';
import { readSnapshotHeads, type SnapshotHead } from './snapshots.js';
import { type TextFault, textFault } from './text-fault.js';

/** What lies in a migrations folder, whether it makes sense or not. */
export interface FolderScan {
  /** Undefined: there is none. */
  readonly journalText: string | undefined;
  /** All `.sql` files but the downs, by name. */
  readonly files: readonly ScannedFile[];
  readonly heads: readonly SnapshotHead[];
}

export interface ScannedFile {
  /** Its name without `.sql`. */
  readonly tag: string;
  readonly sql: string;
  readonly hash: string;
  readonly fault?: TextFault | undefined;
  /** The text that a file in UTF-16 means. */
  readonly decoded?: string | undefined;
  /** The text of its `.down.sql`, where there is one. */
  readonly down?: string | undefined;
}

export function scanFolder(directory: string): FolderScan {
  const names = quietly(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  const files = names
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql') && !entry.name.endsWith('.down.sql'))
    .map(({ name }) => scanFile(join(directory, name), name.slice(0, -'.sql'.length)))
    .sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return {
    journalText: quietly(() => readFileSync(join(directory, 'meta', '_journal.json'), 'utf8')),
    files,
    heads: readSnapshotHeads(join(directory, 'meta')),
  };
}

function scanFile(path: string, tag: string): ScannedFile {
  const bytes = readFileSync(path);
  const sql = bytes.toString('utf8');
  const fault = textFault(sql, path);
  const down = quietly(() => readFileSync(`${path.slice(0, -'.sql'.length)}.down.sql`, 'utf8'));
  return { tag, sql, hash: sha256(sql), fault, decoded: fault && decodeUtf16(bytes, fault), down };
}

/** With its mark, or with a zero byte in every second place as Latin text has it. */
function decodeUtf16(bytes: Buffer, { kind }: TextFault): string | undefined {
  if (kind === 'not-utf8' || bytes.length % 2 === 1) return undefined;
  const isBigEndian = bytes[0] === 0xfe && bytes[1] === 0xff;
  const little = isBigEndian ? Buffer.from(bytes).swap16() : bytes;
  if (kind === 'zero-byte' && little.some((byte, at) => (at % 2 === 1) !== (byte === 0))) return undefined;
  return little.toString('utf16le').replace(/^\uFEFF/, '');
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
