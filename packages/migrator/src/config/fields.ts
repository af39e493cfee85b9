import { closest } from '../errors/closest.js';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `'90s'`; NaN for what is no duration. */
export function msOf(duration: unknown): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  return unit === undefined ? Number.NaN : Math.ceil(Number(number) * UNITS[unit as keyof typeof UNITS]);
}

/** The fields of an object of the config; puts those that are not `known`, and what is no object, into `faults`. */
export function fieldsOf(
  given: unknown,
  place: string,
  known: readonly string[],
  faults: string[],
): Readonly<Record<string, unknown>> {
  const names = known.map((name) => `\`${name}\``).join(', ');
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (given !== undefined && !isObject) faults.push(`\`${place}\` must be an object with ${names}.`);
  const fields = (isObject ? given : {}) as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(fields).filter((name) => !known.includes(name))) {
    const meant = closest(field, known);
    faults.push(
      `\`${place}.${field}\` is no known field; ${meant ? `did you mean \`${meant}\`?` : `there are ${names}.`}`,
    );
  }
  return fields;
}
