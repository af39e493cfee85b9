import * as v from 'valibot';

// Shapes of the JSONB columns of `songs`. The types in ../schema/json.ts are inferred from these.

/** Bounds keep a row, and what a page has to show of it, at a size that somebody can use. */
const text = (length: number) =>
  v.pipe(
    v.string(),
    v.maxLength(length),
    // JSON can say them, and JSONB cannot keep them.
    v.check((value) => !/[\0\p{Surrogate}]/u.test(value), 'Neither a zero byte nor half a character.'),
  );
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(86_400));
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400_000));
/** `http:` and `https:` only, or a path of this site: the value is put into `src`. */
const mediaUrl = v.pipe(text(2000), v.regex(/^(https?:\/\/|\/(?!\/))/i, 'An http(s) URL, or a path of this site.'));

/** Key of a variant: `'0'`, `'1'`, …. `__proto__` is no key of an object. */
export const variantKeySchema = v.pipe(
  v.string(),
  v.regex(/^(?!__proto__$)[0-9A-Za-z_-]{1,40}$/, 'Letters, digits, `-` and `_`.'),
);

export const songVariantSchema = v.object({
  title: v.pipe(text(300), v.trim(), v.minLength(1)),
  lyrics: v.optional(text(50_000)),
  music_style: v.optional(text(1000)),
  audio_url: v.optional(mediaUrl),
  image_url: v.optional(mediaUrl),
  duration_seconds: v.optional(seconds),
  provider_audio_id: v.optional(text(200)),
});

export const songVariantsSchema = v.record(variantKeySchema, songVariantSchema);

/** A word as the provider timed it. Its times may be out of order or negative: the worker puts them right. */
export const alignedWordSchema = v.object({
  word: text(2000),
  success: v.boolean(),
  startS: v.pipe(v.number(), v.finite()),
  endS: v.pipe(v.number(), v.finite()),
  palign: v.optional(v.pipe(v.number(), v.finite())),
});

export const timestampLyricsApiResponseSchema = v.object({
  alignedWords: v.pipe(v.array(alignedWordSchema), v.maxLength(20_000)),
  waveformData: v.optional(v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(100_000))),
  hootCer: v.optional(v.pipe(v.number(), v.finite())),
  isStreamed: v.optional(v.boolean()),
});

export const timedLyricsLineSchema = v.pipe(
  v.object({
    index: v.pipe(v.number(), v.integer(), v.minValue(0)),
    text: text(10_000),
    start: milliseconds,
    end: milliseconds,
    section: v.optional(text(200)),
  }),
  v.check(({ start, end }) => end >= start, '`end` is before `start`.'),
);

export const timedLyricsLinesSchema = v.pipe(
  v.array(timedLyricsLineSchema),
  v.maxLength(20_000),
  v.check(
    (lines) => lines.every(({ start }, at) => at === 0 || start >= (lines[at - 1]?.start ?? 0)),
    'The lines are not in order.',
  ),
);
