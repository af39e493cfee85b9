import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

/** Why a file is not the text it was decoded to, and the first line where that shows. */
export interface TextFault {
  readonly kind: 'utf-16' | 'zero-byte' | 'not-utf8';
  readonly line: number;
}

/**
 * What is wrong with the bytes of a file that was decoded to `text`. They are read again only where the text raises a
 * doubt: U+FFFD stands for every byte that is no UTF-8, the byte order mark of UTF-16 included.
 */
export function textFault(text: string, path: string): TextFault | undefined {
  const zero = text.indexOf('\0');
  if (text.includes('\uFFFD')) {
    const bytes = readFileSync(path);
    if (hasUtf16Mark(bytes)) return { kind: 'utf-16', line: 1 };
    if (zero < 0 && !isUtf8(bytes)) return { kind: 'not-utf8', line: firstBadLine(bytes) };
  }
  return zero < 0 ? undefined : { kind: 'zero-byte', line: text.slice(0, zero).split('\n').length };
}

function hasUtf16Mark(bytes: Buffer): boolean {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  return mark === 0xfffe || mark === 0xfeff;
}

/** No character of several bytes holds the byte of a line feed, so each line can be judged by itself. */
function firstBadLine(bytes: Buffer): number {
  for (let line = 1, from = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line;
    from = end + 1;
  }
}
