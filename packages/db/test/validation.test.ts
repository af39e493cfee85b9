import { expect, test } from 'vitest';
import {
  idempotencyKeySchema,
  preferencesInputSchema,
  providerAnswerInputSchema,
  signUpInputSchema,
  songRequestInputSchema,
  songVariantsSchema,
  timedLyricsLinesSchema,
  validate,
} from '../src/validation/index.js';

const word = { word: 'Hello ', success: true, startS: 0.5, endS: 0.9 };
const answer = (alignedWords: unknown) => ({ song_id: 1, variant_key: '0', answer: { alignedWords } });

test('what is right is taken, trimmed and typed', () => {
  expect(validate(signUpInputSchema, { email: ' Ada@Example.com ', password: 'long enough', name: '  ' })).toEqual({
    ok: true,
    value: { email: 'ada@example.com', password: 'long enough', name: undefined },
  });
  const request = { requester_name: ' Ada ', recipient_name: 'Bo', languages: ['English'], music_styles: [] };
  expect(validate(songRequestInputSchema, request)).toMatchObject({ ok: true, value: { requester_name: 'Ada' } });
  expect(validate(providerAnswerInputSchema, answer([word]))).toMatchObject({ ok: true });
  expect(validate(preferencesInputSchema, { theme: 'dark', notifications: false }).ok).toBe(true);
  expect(validate(timedLyricsLinesSchema, [{ index: 0, text: 'a', start: 0, end: 0 }]).ok).toBe(true);
});

test.each([
  [
    'no address',
    signUpInputSchema,
    { email: 'nobody', password: 'long enough' },
    { email: 'This is not an e-mail address.' },
  ],
  [
    'a short password',
    signUpInputSchema,
    { email: 'a@b.de', password: 'short' },
    { password: 'The password is too short: at least 10 characters.' },
  ],
  [
    'a zero byte',
    songRequestInputSchema,
    { requester_name: 'A\0', recipient_name: 'B', languages: ['English'], music_styles: [] },
    { requester_name: 'Your name has characters that cannot be shown.' },
  ],
  [
    'no language',
    songRequestInputSchema,
    { requester_name: 'A', recipient_name: 'B', languages: [], music_styles: [] },
    { languages: 'Choose a language.' },
  ],
  [
    'an unknown theme',
    preferencesInputSchema,
    { theme: 'pink', notifications: true },
    { theme: 'There is no such theme.' },
  ],
  [
    'no words',
    providerAnswerInputSchema,
    answer('none'),
    { 'answer.alignedWords': 'Invalid type: Expected Array but received "none"' },
  ],
  [
    'a time that is none',
    providerAnswerInputSchema,
    answer([{ ...word, startS: Number.NaN }]),
    { 'answer.alignedWords.0.startS': expect.any(String) },
  ],
  [
    'what JSONB cannot keep',
    providerAnswerInputSchema,
    answer([
      { ...word, word: 'a\0' },
      { ...word, word: '\ud83d' },
      { ...word, word: '\u{1F3B5}' },
    ]),
    {
      'answer.alignedWords.0.word': 'Neither a zero byte nor half a character.',
      'answer.alignedWords.1.word': 'Neither a zero byte nor half a character.',
    },
  ],
  [
    'a key that is none',
    providerAnswerInputSchema,
    { ...answer([word]), variant_key: '__proto__' },
    { variant_key: 'Letters, digits, `-` and `_`.' },
  ],
  [
    'a script for a URL',
    songVariantsSchema,
    { 0: { title: 'T', audio_url: 'javascript:alert(1)' } },
    { '0.audio_url': 'An http(s) URL, or a path of this site.' },
  ],
  [
    'another host by a path',
    songVariantsSchema,
    { 0: { title: 'T', audio_url: '//evil.example/a' } },
    { '0.audio_url': 'An http(s) URL, or a path of this site.' },
  ],
  [
    'an end before its start',
    timedLyricsLinesSchema,
    [{ index: 0, text: 'a', start: 2, end: 1 }],
    { 0: '`end` is before `start`.' },
  ],
  [
    'lines out of order',
    timedLyricsLinesSchema,
    [
      { index: 0, text: 'a', start: 2, end: 3 },
      { index: 1, text: 'b', start: 1, end: 3 },
    ],
    { '': 'The lines are not in order.' },
  ],
  [
    'a key that is too short',
    idempotencyKeySchema,
    'short',
    { '': 'An Idempotency-Key has 8 to 200 visible characters.' },
  ],
])('%s is told by its field', (_, schema, value, problems) => {
  expect(validate(schema, value)).toEqual({ ok: false, problems });
});
