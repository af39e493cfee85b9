import type { InferOutput } from 'valibot';
import type {
  alignedWordSchema,
  songVariantSchema,
  timedLyricsLineSchema,
  timestampLyricsApiResponseSchema,
} from '../validation/json.js';

/**
 * Shapes of the JSONB columns of `songs`, as `@melodia/db/validation` checks them.
 * Every column maps a variant's key (`'0'`, `'1'`, …) to what is known of that variant, so one key finds a variant's
 * audio, the provider's timing of its words and the lines that a player shows.
 */

/** One recording of a song. */
export type SongVariant = InferOutput<typeof songVariantSchema>;

/** A word as the provider timed it, in seconds from the start of the recording. */
export type AlignedWord = InferOutput<typeof alignedWordSchema>;

/** What the provider answers when it is asked for timed lyrics, kept as it came. */
export type TimestampLyricsApiResponse = InferOutput<typeof timestampLyricsApiResponseSchema>;

/**
 * One line as the player shows it. Times are in milliseconds, in order, and `end` is never before `start`. `section`
 * (`Verse 1`, `Chorus`, …) is set on the first line of one.
 */
export type TimedLyricsLine = InferOutput<typeof timedLyricsLineSchema>;

export type SongVariants = Record<string, SongVariant>;
export type VariantTimestampLyricsApiResponse = Record<string, TimestampLyricsApiResponse>;
export type VariantTimestampLyricsProcessed = Record<string, TimedLyricsLine[]>;
