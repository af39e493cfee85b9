import type { TimedLyricsLine } from '@melodia/db';

/** Samples a second, of 16 bits, one channel: enough for a tune of sine waves. */
export const RATE = 11_025;
const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;

/** What is played: each line is a phrase over its time. */
export interface Tune {
  readonly lines: readonly Pick<TimedLyricsLine, 'start' | 'end' | 'text'>[];
  readonly durationSeconds: number;
  /** Makes recordings of one song differ. */
  readonly seed: number;
}

export function wavBytes({ durationSeconds }: Pick<Tune, 'durationSeconds'>): number {
  return HEADER_BYTES + Math.ceil(durationSeconds * RATE) * SAMPLE_BYTES;
}

/**
 * A part of a tune as a WAV file, from the byte `from` up to, and without, `to`. Any part can be made without the others,
 * so that a player can jump, and nothing is kept.
 */
export function wavSlice(tune: Tune, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  const header = headerOf(wavBytes(tune));
  if (from < HEADER_BYTES) header.copy(bytes, 0, from, Math.min(to, HEADER_BYTES));
  const phrases = tune.lines.map((line) => ({ ...line, notes: notesOf(line.text, tune.seed) }));
  const first = Math.floor(Math.max(0, from - HEADER_BYTES) / SAMPLE_BYTES);
  const last = Math.ceil(Math.max(0, to - HEADER_BYTES) / SAMPLE_BYTES);
  const sample = Buffer.alloc(SAMPLE_BYTES);
  let phrase = 0;
  for (let at = first; at < last; at += 1) {
    const ms = (at / RATE) * 1000;
    while (phrase < phrases.length && ms >= (phrases[phrase]?.end ?? 0)) phrase += 1;
    const now = phrases[phrase];
    const value = now && ms >= now.start ? sung(now, ms) : 0;
    sample.writeInt16LE(Math.round((value * 0.6 + accompaniment(ms, tune.seed) * 0.15) * 32_000));
    const place = HEADER_BYTES + at * SAMPLE_BYTES - from;
    for (let byte = 0; byte < SAMPLE_BYTES; byte += 1)
      if (place + byte >= 0 && place + byte < bytes.length) bytes[place + byte] = sample[byte] ?? 0;
  }
  return bytes;
}

interface Phrase {
  readonly start: number;
  readonly end: number;
  readonly notes: readonly number[];
}

/** Five tones sound well in any order: those of the black keys, from A3 on. */
const SCALE = [0, 2, 4, 7, 9, 12].map((half) => 220 * 2 ** (half / 12));

function notesOf(text: string, seed: number): number[] {
  return text
    .split(/\s+/)
    .map((word) => SCALE[(word.length * 7 + (word.codePointAt(0) ?? 0) + seed) % SCALE.length] ?? 220);
}

/** A note for each word, soft at both ends, with an overtone. From -1 to 1. */
function sung({ start, end, notes }: Phrase, ms: number): number {
  const length = (end - start) / Math.max(1, notes.length);
  const at = Math.min(notes.length - 1, Math.floor((ms - start) / Math.max(1, length)));
  const within = (ms - start - at * length) / 1000;
  const left = length / 1000 - within;
  const envelope = Math.max(0, Math.min(1, within / 0.03, left / 0.05));
  const turn = 2 * Math.PI * (notes[at] ?? 220) * (ms / 1000);
  return envelope * (0.8 * Math.sin(turn) + 0.2 * Math.sin(2 * turn));
}

/** A low chord that changes every two seconds and dies away. */
function accompaniment(ms: number, seed: number): number {
  const bar = Math.floor(ms / 2000);
  const base = (SCALE[(bar * 3 + seed) % 4] ?? 220) / 2;
  const fading = Math.exp(-((ms % 2000) / 900)) * Math.min(1, (ms % 2000) / 20);
  return fading * [1, 1.5, 2].reduce((sum, part) => sum + Math.sin(2 * Math.PI * base * part * (ms / 1000)) / 3, 0);
}

function headerOf(size: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(size - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * SAMPLE_BYTES, 28);
  header.writeUInt16LE(SAMPLE_BYTES, 32);
  header.writeUInt16LE(SAMPLE_BYTES * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(size - HEADER_BYTES, 40);
  return header;
}
