import { defineRule } from '../rule.js';

const LIMIT = 63;

export const identifierOver63Bytes = defineRule({
  id: 'identifier-over-63-bytes',
  title: 'Postgres cuts names after 63 bytes.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence:
    'It says so in a NOTICE only; two names that begin alike become one and fail, and drizzle-kit looks for the long one.',
  fix: 'Give it a shorter name: `.name(…)`, or the first argument of index, unique, foreignKey and check.',
  on: ['*'],
  check({ text, kind }) {
    // Cheap, and seldom true.
    if (kind === 'TooLarge' || !/"[^"]{22}|[\w$]{64}/.test(text)) return [];
    const names = [...text.matchAll(/"((?:[^"]|""){22,})"|\b([a-z_][\w$]{63,})\b/gi)].flatMap(
      (match) => match[1] ?? match[2] ?? [],
    );
    const long = names.find((name) => Buffer.byteLength(name.replaceAll('""', '"')) > LIMIT && !/\s{2}|\n/.test(name));
    if (long === undefined || !/^(?:create|alter|comment)\b/i.test(text) || isInString(text, long)) return [];
    return [{ message: `\`${long}\` has ${Buffer.byteLength(long)} bytes.` }];
  },
});

/** Whether the first place of a name lies behind an odd number of quotes. */
function isInString(text: string, name: string): boolean {
  return (text.slice(0, text.indexOf(name)).match(/'/g)?.length ?? 0) % 2 === 1;
}
