import { MigratorError } from '../errors/migrator-error.js';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Reads `500ms`, `30s`, `5m` into milliseconds. Throws `wrong-usage`. */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  if (!match) {
    throw new MigratorError('wrong-usage', {
      message: `\`${option} ${text}\` is not a duration.`,
      fix: `Write a number with a unit: \`${option} 500ms\`, \`${option} 30s\`, \`${option} 5m\`.`,
    });
  }
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

export function parseCount(text: string, option: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new MigratorError('wrong-usage', {
    message: `\`${option} ${text}\` is not a number.`,
    fix: `Write \`${option} 3\`.`,
  });
}
