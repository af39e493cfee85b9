import * as v from 'valibot';
import { timestampLyricsApiResponseSchema, variantKeySchema } from './json.js';

// What people and providers send. A form's fields arrive as strings; each message is for the one who typed.

/** Neither empty nor only spaces; a zero byte is no text for Postgres. */
const line = (what: string, length: number) =>
  v.pipe(
    v.string(`${what} is missing.`),
    v.trim(),
    v.minLength(1, `${what} is missing.`),
    v.maxLength(length, `${what} is too long: at most ${length} characters.`),
    v.regex(/^[^\p{Cc}]*$/u, `${what} has characters that cannot be shown.`),
  );
const paragraph = (what: string, length: number) =>
  v.pipe(
    v.string(`${what} is missing.`),
    v.trim(),
    v.maxLength(length, `${what} is too long: at most ${length} characters.`),
    v.check((text) => !/[^\P{Cc}\n\r\t]/u.test(text), `${what} has characters that cannot be shown.`),
  );
/** A field that is left empty is as one that is not there. */
const maybe = <S extends v.GenericSchema<string, string>>(schema: S) =>
  v.pipe(
    v.optional(schema),
    v.transform((text) => text || undefined),
  );

/** As `users.email` keeps it: in lower case. */
export const emailSchema = v.pipe(
  v.string('An e-mail address is missing.'),
  v.trim(),
  v.toLowerCase(),
  v.maxLength(254, 'The e-mail address is too long.'),
  v.email('This is not an e-mail address.'),
);

/** Long rather than intricate, as NIST SP 800-63B advises; the upper bound keeps hashing cheap. */
export const passwordSchema = v.pipe(
  v.string('A password is missing.'),
  v.minLength(10, 'The password is too short: at least 10 characters.'),
  v.maxLength(200, 'The password is too long: at most 200 characters.'),
);

export const signUpInputSchema = v.object({
  email: emailSchema,
  password: passwordSchema,
  name: maybe(paragraph('The name', 100)),
});

/** Says nothing of how a password has to be: an old one may be of another kind. */
export const signInInputSchema = v.object({
  email: emailSchema,
  password: v.pipe(v.string('A password is missing.'), v.minLength(1, 'A password is missing.'), v.maxLength(200)),
});

export const preferencesInputSchema = v.object({
  theme: v.picklist(['light', 'dark', 'system'], 'There is no such theme.'),
  notifications: v.boolean(),
});

export const songRequestInputSchema = v.object({
  requester_name: line('Your name', 100),
  recipient_name: line("The recipient's name", 100),
  occasion: maybe(paragraph('The occasion', 200)),
  story: maybe(paragraph('The story', 5000)),
  languages: v.pipe(
    v.array(line('A language', 40)),
    v.minLength(1, 'Choose a language.'),
    v.maxLength(5, 'Choose at most five languages.'),
  ),
  music_styles: v.pipe(v.array(line('A style', 60)), v.maxLength(5, 'Choose at most five styles.')),
});

/** What a provider posts about one variant of a song. */
export const providerAnswerInputSchema = v.object({
  song_id: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647)),
  variant_key: variantKeySchema,
  answer: timestampLyricsApiResponseSchema,
});

export const idempotencyKeySchema = v.pipe(
  v.string('An Idempotency-Key is missing.'),
  v.regex(/^[\x21-\x7e]{8,200}$/, 'An Idempotency-Key has 8 to 200 visible characters.'),
);

export type SignUpInput = v.InferOutput<typeof signUpInputSchema>;
export type SignInInput = v.InferOutput<typeof signInInputSchema>;
export type PreferencesInput = v.InferOutput<typeof preferencesInputSchema>;
export type SongRequestInput = v.InferOutput<typeof songRequestInputSchema>;
export type ProviderAnswerInput = v.InferOutput<typeof providerAnswerInputSchema>;
