import type { AlignedWord } from '@melodia/db';
import { timedLyricsLinesSchema, validate } from '@melodia/db/validation';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timedLines, UnusableWordsError } from '../src/lyrics/timed-lines.js';

const word = (text: string, startS: number, endS: number, success = true): AlignedWord => ({
  word: text,
  success,
  startS,
  endS,
});
/** `[section] text start-end` of every line. */
const shown = (...words: readonly AlignedWord[]) =>
  timedLines(words).map(({ text, start, end, section }) => `${section ? `[${section}] ` : ''}${text} ${start}-${end}`);

describe('words become lines', () => {
  test('at the line ends inside of words', () => {
    expect(shown(word('Hello ', 1, 1.4), word('world\n', 1.5, 2), word('Again', 3, 4))).toEqual([
      'Hello world 1000-2000',
      'Again 3000-4000',
    ]);
  });
  test('a word that holds a line end belongs to both lines', () => {
    expect(shown(word('one\ntwo ', 1, 2), word('three', 2, 3))).toEqual(['one 1000-2000', 'two three 1000-3000']);
  });
  test('with the section on its first line', () => {
    expect(
      shown(word('[Verse 1]\nHello\n', 1, 2), word('you\n\n', 2, 3), word('[Chorus]\nLa ', 4, 5), word('la', 5, 6)),
    ).toEqual(['[Verse 1] Hello 1000-2000', 'you 2000-3000', '[Chorus] La la 4000-6000']);
  });
  test('a tag in pieces, tags in a row, and an empty one', () => {
    expect(shown(word('[Verse ', 0, 1), word('1]\n', 1, 2), word('Hi\n', 2, 3))).toEqual(['[Verse 1] Hi 2000-3000']);
    expect(shown(word('[Intro]\n[Verse]\nHi\n[]\nyou', 2, 3))).toEqual(['[Verse] Hi 2000-3000', 'you 2000-3000']);
  });
  test('brackets within a line are sung, and one that never closes', () => {
    expect(shown(word('Oh [yeah] oh\n', 1, 2), word('[never', 2, 3))).toEqual([
      'Oh [yeah] oh 1000-2000',
      '[never 2000-3000',
    ]);
  });
  test('any line end, any white space, no control characters', () => {
    expect(shown(word('a\r\nb\rc\u2028d \t\u00a0 e\u0007\n \n', 1, 2))).toEqual([
      'a 1000-2000',
      'b 1000-2000',
      'c 1000-2000',
      'd e 1000-2000',
    ]);
  });
});

describe('times', () => {
  test('never fall, and no line ends before it starts', () => {
    expect(shown(word('a\n', 5, 6), word('b\n', 3, 4), word('c\n', 7, 6.5))).toEqual([
      'a 5000-6000',
      'b 5000-5000',
      'c 7000-7000',
    ]);
  });
  test('before the start and beyond a day are clamped', () => {
    expect(shown(word('a\n', -3, 1), word('b\n', 1e300, 1e301))).toEqual(['a 0-1000', 'b 86400000-86400000']);
  });
  test('a word that was not recognised keeps its text and takes the time of its neighbours', () => {
    expect(
      shown(word('a ', 1, 2), word('lost ', 99, 100, false), word('b\n', 3, 4), word('none', 0, 0, false)),
    ).toEqual(['a lost b 1000-4000', 'none 3000-3000']);
  });
});

test.each([
  ['no words', [], 'No word of the answer has a time.'],
  ['no times', [word('a', 1, 2, false)], 'No word of the answer has a time.'],
  ['times that are none', [word('a', Number.NaN, Number.NaN)], 'No word of the answer has a time.'],
  ['no text', [word(' \n', 1, 2), word('[Intro]', 2, 3)], 'No word of the answer has a text.'],
])('%s: unusable', (_, words, reason) => {
  expect(() => timedLines(words)).toThrow(new UnusableWordsError(reason));
});

test('whatever comes: lines in order that the schema takes, with every word; or a reason', () => {
  const time = fc.oneof(fc.double(), fc.double({ min: -10, max: 400, noNaN: true }));
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[ab \n[\]\r]{0,9}$/),
    fc.constant('[Verse 1]\nla '),
  );
  const words = fc.array(fc.record({ word: text, success: fc.boolean(), startS: time, endS: time }), { maxLength: 15 });
  fc.assert(
    fc.property(words, (given) => {
      let lines: ReturnType<typeof timedLines>;
      try {
        lines = timedLines(given);
      } catch (error) {
        expect(error).toBeInstanceOf(UnusableWordsError);
        return;
      }
      expect(validate(timedLyricsLinesSchema, lines)).toEqual({ ok: true, value: lines });
      expect(lines.map(({ index }) => index)).toEqual(lines.map((_, at) => at));
      const letters = (texts: readonly string[]) => texts.join('').replace(/[\s\p{Cc}\u2028\u2029]/gu, '');
      const sung = given
        .map((one) => one.word)
        .join('')
        .replace(/\r\n?|[\u2028\u2029]/g, '\n');
      const withoutTags = sung.split('\n').filter((line) => !/^\s*\[[^[\]]{0,200}\]\s*$/.test(line));
      expect(letters(lines.map((line) => line.text))).toBe(letters(withoutTags));
    }),
    { numRuns: 200, seed: 6 },
  );
});

test('ten thousand words are no matter', () => {
  const words = Array.from({ length: 10_000 }, (_, at) => word(at % 7 === 6 ? 'la\n' : 'la ', at / 10, at / 10 + 0.05));
  expect(timedLines(words)).toHaveLength(1429);
});
