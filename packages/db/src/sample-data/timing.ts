import type { AlignedWord, TimedLyricsLine, TimestampLyricsApiResponse } from '../schema/json.js';

/** Plausible times for lyrics: long words are sung longer, lines breathe, sections wait. `pace` 1 is the first recording. */
export function timeLyrics(
  lyrics: string,
  pace: number,
): { response: TimestampLyricsApiResponse; lines: TimedLyricsLine[]; durationSeconds: number } {
  const alignedWords: AlignedWord[] = [];
  const lines: TimedLyricsLine[] = [];
  let clock = 4 * pace;
  let section: string | undefined;

  for (const row of lyrics.split('\n')) {
    if (row.startsWith('[')) {
      section = row.slice(1, -1);
      clock += 1.8 * pace;
      continue;
    }
    const start = clock;
    const words = row.split(' ');
    for (const [index, word] of words.entries()) {
      const endS = clock + (0.16 + 0.055 * word.length) * pace;
      // The provider sends section tags and line ends inside the words.
      const tag = index === 0 && section !== undefined ? `[${section}]\n` : '';
      const end = index === words.length - 1 ? '\n' : ' ';
      alignedWords.push({ word: tag + word + end, success: true, startS: round(clock), endS: round(endS), palign: 0 });
      clock = endS + 0.05 * pace;
    }
    lines.push({
      index: lines.length,
      text: row,
      start: Math.round(start * 1000),
      end: Math.round(clock * 1000),
      ...(section !== undefined && { section }),
    });
    section = undefined;
    clock += 0.7 * pace;
  }
  return { response: { alignedWords, hootCer: 0.04, isStreamed: false }, lines, durationSeconds: Math.ceil(clock + 6) };
}

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
