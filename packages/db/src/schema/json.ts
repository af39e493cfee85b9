/**
 * Shapes of the JSONB columns of `songs`.
 * Every column maps a variant's key (`'0'`, `'1'`, …) to what is known of that variant, so one key finds a variant's
 * audio, the provider's timing of its words and the lines that a player shows.
 */

/** One recording of a song. */
export interface SongVariant {
  title: string;
  lyrics?: string;
  music_style?: string;
  audio_url?: string;
  image_url?: string;
  duration_seconds?: number;
  /** The provider's name for this recording. */
  provider_audio_id?: string;
}

/** A word as the provider timed it, in seconds from the start of the recording. */
export interface AlignedWord {
  word: string;
  success: boolean;
  startS: number;
  endS: number;
  /** Where the word stands in the text that was sent, if the provider says so. */
  palign?: number;
}

/** What the provider answers when it is asked for timed lyrics, kept as it came. */
export interface TimestampLyricsApiResponse {
  alignedWords: AlignedWord[];
  waveformData?: number[];
  hootCer?: number;
  isStreamed?: boolean;
}

/** One line as the player shows it. Times are in milliseconds, in order, and `end` is never before `start`. */
export interface TimedLyricsLine {
  index: number;
  text: string;
  start: number;
  end: number;
  /** `Verse 1`, `Chorus`, …: set on the first line of a section. */
  section?: string;
}

export type SongVariants = Record<string, SongVariant>;
export type VariantTimestampLyricsApiResponse = Record<string, TimestampLyricsApiResponse>;
export type VariantTimestampLyricsProcessed = Record<string, TimedLyricsLine[]>;
