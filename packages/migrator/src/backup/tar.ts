import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { Member } from './types.js';

/** Tar, as POSIX.1-1988 has it and every `tar` reads it; sizes over 8 GiB in base 256, as GNU tar writes them. */
const BLOCK = 512;

/** Writes one member after the other to a file. The size of a member is noted once it is known, in a header that stands already. */
export class TarWriter {
  #file: FileHandle;
  #position = 0;
  #checksums: string[] = [];
  #mtime: number;

  constructor(file: FileHandle, createdAt: Date) {
    this.#file = file;
    this.#mtime = Math.floor(createdAt.getTime() / 1000);
  }

  get size(): number {
    return this.#position;
  }

  /** As `sha256sum` prints it, of all members so far. */
  get checksums(): string {
    return this.#checksums.map((line) => `${line}\n`).join('');
  }

  /** A member whose content `write` puts into the sink, which it must end. */
  async stream<T>(name: string, write: (sink: Writable) => Promise<T>): Promise<T> {
    const start = this.#position;
    await this.#put(Buffer.alloc(BLOCK));
    const hash = createHash('sha256');
    const sink = new Writable({
      write: (chunk: Buffer, _, done) => {
        hash.update(chunk);
        this.#put(chunk).then(() => done(), done);
      },
    });
    const result = await write(sink);
    const size = this.#position - start - BLOCK;
    await this.#put(Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK));
    await this.#file.write(header(name, size, this.#mtime), 0, BLOCK, start);
    this.#checksums.push(`${hash.digest('hex')}  ${name}`);
    return result;
  }

  async add(name: string, content: string | Buffer): Promise<void> {
    await this.stream(name, async (sink) => {
      await new Promise<void>((resolve, reject) => {
        sink.once('error', reject);
        sink.end(content, resolve);
      });
    });
  }

  async finish(): Promise<void> {
    await this.#put(Buffer.alloc(2 * BLOCK));
  }

  async #put(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }
}

function header(name: string, size: number, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw new Error(`Too long for tar: ${name}`);
  block.write(name, 0);
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(`${mtime.toString(8).padStart(11, '0')}\0`, 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** Finds the members of an archive without reading their content. Throws an `Error` that says where it is damaged. */
export async function readTar(file: FileHandle): Promise<readonly Member[]> {
  const { size: end } = await file.stat();
  const members: Member[] = [];
  const block = Buffer.alloc(BLOCK);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(block, 0, BLOCK, position);
    if (bytesRead < BLOCK) throw new Error(`it ends at byte ${end}, without the mark that ends an archive`);
    if (block.every((byte) => byte === 0)) return members;
    const written = Number.parseInt(block.toString('latin1', 148, 155), 8);
    if (block.toString('latin1', 257, 262) !== 'ustar' || written !== checksum(block))
      throw new Error(position === 0 ? 'it is no tar archive' : `the header at byte ${position} is damaged`);
    const name = block.toString('utf8', 0, block.indexOf(0));
    const size =
      block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(block.toString('latin1', 124, 135), 8);
    const offset = position + BLOCK;
    if (!Number.isSafeInteger(size) || offset + size > end) throw new Error(`it ends within \`${name}\``);
    members.push({ name, offset, size });
    position = offset + Math.ceil(size / BLOCK) * BLOCK;
  }
}
