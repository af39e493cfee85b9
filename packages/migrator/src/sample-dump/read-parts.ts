import { MigratorError } from '../errors/migrator-error.js';
import { openDump, unreadable } from './open-dump.js';
import { readDumpSetting, readDumpStatement } from './read-statement.js';
import { DumpSplitter } from './split-dump.js';
import type { DumpPart, SampleFile } from './types.js';

const NEWLINE = 0x0a;

/** The data of a plain-text dump, in the order of the file, never more of it in memory than some chunks. Throws `sample-unreadable`. */
export async function* readParts(file: SampleFile): AsyncGenerator<DumpPart, void, undefined> {
  const reader = new PartReader(file);
  const stream = openDump(file);
  /** What stands behind the last line's end: long lines come in many pieces. */
  let pieces: Buffer[] = [];
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0) yield* reader.read(Buffer.concat([...pieces, chunk.subarray(0, end)]));
      if (end > 0) pieces = [];
      if (end < chunk.length) pieces.push(chunk.subarray(end));
    }
    if (pieces.length > 0) yield* reader.read(Buffer.concat([...pieces, Buffer.from('\n')]));
  } catch (cause) {
    if (cause instanceof MigratorError || !isOfFile(cause)) throw cause;
    throw unreadable(file, {
      message: `The sample cannot be read to its end: ${(cause as Error).message}.`,
      fix: 'The file is damaged or incomplete: dump or copy it again.',
      line: reader.line,
      cause,
    });
  } finally {
    stream.destroy();
  }
  reader.end();
}

/** A fault of reading or unpacking, not of whoever uses the parts. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|E[A-Z_]+$)/.test(String(error.code));
}

class PartReader {
  /** The next one to be read. */
  line = 1;
  #file: SampleFile;
  #splitter = new DumpSplitter();
  /** Line of the COPY whose rows are being read. */
  #copy: number | undefined;

  constructor(file: SampleFile) {
    this.#file = file;
  }

  /** Takes whole lines. */
  *read(bytes: Buffer): Generator<DumpPart> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#copy !== undefined) {
        const end = endOfRows(bytes, at);
        const rows = bytes.subarray(at, end?.at ?? bytes.length);
        if (rows.length > 0) {
          const count = countLines(rows);
          this.line += count;
          yield { kind: 'rows', bytes: rows, rows: count };
        }
        if (!end) return;
        this.line += 1;
        this.#copy = undefined;
        at = end.next;
        continue;
      }
      const end = bytes.indexOf(NEWLINE, at);
      yield* this.#readLine(bytes.toString('utf8', at, end).replace(/\r$/, ''));
      at = end + 1;
    }
  }

  /** Throws where the file ends within something. */
  end(): void {
    if (this.#copy === undefined && !this.#splitter.isOpen) return;
    throw unreadable(this.#file, {
      message:
        this.#copy === undefined ? 'The sample ends within a statement.' : 'The sample ends within the rows of a COPY.',
      fix: 'The file is incomplete: dump or copy it again.',
      line: this.#copy ?? this.line,
    });
  }

  *#readLine(text: string): Generator<DumpPart> {
    const line = this.line;
    this.line += 1;
    if (!this.#splitter.isOpen && text.startsWith('\\connect')) {
      throw unreadable(this.#file, {
        message: 'The sample holds several databases, as `pg_dumpall` writes them.',
        fix: 'Dump the one database: `pg_dump --data-only --file sample.sql <database>`.',
        line,
      });
    }
    for (const statement of this.#splitter.feed(text, line)) {
      if (!statement.isOutermost) continue;
      this.#refuseSetting(statement.text, statement.line);
      const part = readDumpStatement(statement.text, statement.line);
      if (part?.kind === 'copy') this.#copy = part.line;
      if (part) yield part;
    }
  }

  #refuseSetting(text: string, line: number): void {
    const setting = readDumpSetting(text);
    if (!setting || ['UTF8', 'UNICODE', 'ON', 'TRUE', '1'].includes(setting.value)) return;
    const isEncoding = setting.name === 'client_encoding';
    throw unreadable(this.#file, {
      message: isEncoding
        ? `The sample is written in ${setting.value}, not in UTF-8.`
        : 'The sample was written with `standard_conforming_strings = off`.',
      fix: isEncoding
        ? 'Dump it with `pg_dump --data-only --encoding=UTF8`.'
        : 'Dump it with `PGOPTIONS="-c standard_conforming_strings=on" pg_dump --data-only`.',
      line,
    });
  }
}

/** Where the line `\.` stands, and where the next one begins. `from` is the start of a line. */
function endOfRows(bytes: Buffer, from: number): { readonly at: number; readonly next: number } | undefined {
  for (let at = from; at !== -1 && at < bytes.length; ) {
    const next = bytes.subarray(at, at + 4).toString('latin1');
    if (next.startsWith('\\.\n')) return { at, next: at + 3 };
    if (next === '\\.\r\n') return { at, next: at + 4 };
    const before = bytes.indexOf('\n\\.', at);
    at = before === -1 ? -1 : before + 1;
  }
  return undefined;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
