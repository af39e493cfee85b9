import type { AlignedWord, TimedLyricsLine } from '@melodia/db';

/** Thrown for words that no line can be made of. The message is the reason, for people. */
export class UnusableWordsError extends Error {
  override readonly name = 'UnusableWordsError';
}

/** A player that goes on for a day is a mistake; it also keeps milliseconds whole numbers. */
const LONGEST_SECONDS = 86_400;

/**
 * Lines as a player shows them, from the words that the provider has timed. Line ends stand inside of the words, and so do
 * section tags (`[Verse 1]`), also cut into pieces. Words that were not recognised keep their text and take the time of
 * their neighbours. Times come out in whole milliseconds, in order, no line ending before it starts. Throws
 * `UnusableWordsError` where no word has a text, or none has a time.
 */
export function timedLines(words: readonly AlignedWord[]): TimedLyricsLine[] {
  const timed = withTimes(words);
  const lines: TimedLyricsLine[] = [];
  let open: Row = emptyRow();
  let section: string | undefined;
  const close = () => {
    const text = shownText(open.text);
    if (text !== '') {
      const start = open.start ?? 0;
      lines.push({
        index: lines.length,
        text,
        start,
        end: Math.max(open.end ?? start, start),
        ...(section !== undefined && { section }),
      });
      section = undefined;
    }
    open = emptyRow();
  };
  for (const piece of piecesOf(timed)) {
    if (piece.kind === 'end') close();
    else if (piece.kind === 'section') {
      close();
      section = piece.text || undefined;
    } else {
      open.text += piece.text;
      if (piece.text.trim() === '') continue;
      open.start ??= piece.start;
      open.end = piece.end;
    }
  }
  close();
  if (lines.length === 0) throw new UnusableWordsError('No word of the answer has a text.');
  return lines;
}

interface Row {
  text: string;
  /** Milliseconds; undefined while there is only white space. */
  start: number | undefined;
  end: number | undefined;
}

const emptyRow = (): Row => ({ text: '', start: undefined, end: undefined });

interface TimedWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words in the order in which they were sent, with times in milliseconds that never fall. */
function withTimes(words: readonly AlignedWord[]): TimedWord[] {
  const known = words.map(({ success, startS, endS }) =>
    success && Number.isFinite(startS) && Number.isFinite(endS)
      ? { start: milliseconds(startS), end: milliseconds(endS) }
      : undefined,
  );
  if (!known.some(Boolean)) throw new UnusableWordsError('No word of the answer has a time.');
  let clock = 0;
  return words.map(({ word }, at) => {
    const own = known[at];
    const start = Math.max(clock, own?.start ?? clock);
    // A word whose end was lost, or lies before its start, takes no time.
    const end = Math.max(start, own?.end ?? start);
    clock = own ? Math.max(clock, start) : clock;
    return { text: word, start, end };
  });
}

function milliseconds(seconds: number): number {
  return Math.round(Math.min(Math.max(seconds, 0), LONGEST_SECONDS) * 1000);
}

type Piece =
  | { readonly kind: 'end' }
  | { readonly kind: 'section'; readonly text: string }
  | ({ readonly kind: 'text' } & TimedWord);

/** A tag fills its line; brackets within a line are sung. */
const TAG = /^[^\S\n]*\[([^[\]\n]{0,200})\][^\S\n]*(?=\n|$)/gm;

/** Takes the words apart at line ends and tags. A tag may begin in one word and end in another. */
function* piecesOf(words: readonly TimedWord[]): Generator<Piece> {
  const text = words.map((word) => word.text.replace(/\r\n?|[\u2028\u2029]/g, '\n')).join('');
  const tags = [...text.matchAll(TAG)].map((found) => ({
    from: found.index,
    to: found.index + found[0].length,
    text: shownText(found[1] ?? ''),
  }));
  let at = 0;
  let next = 0;
  for (const word of words) {
    const own = word.text.replace(/\r\n?|[\u2028\u2029]/g, '\n');
    const end = at + own.length;
    while (at < end) {
      const tag = tags[next];
      if (tag && at >= tag.to) {
        next += 1;
        continue;
      }
      if (tag && at >= tag.from) {
        if (at === tag.from) yield { kind: 'section', text: tag.text };
        at = Math.min(tag.to, end);
        continue;
      }
      const upTo = Math.min(end, tag?.from ?? end);
      const [line = ''] = /^[^\n]+/.exec(text.slice(at, upTo)) ?? [];
      if (line === '') {
        yield { kind: 'end' };
        at += 1;
      } else {
        yield { kind: 'text', text: line, start: word.start, end: word.end };
        at += line.length;
      }
    }
  }
}

/** White space as one space; characters that nobody sees, and zero bytes, go. */
function shownText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
}
