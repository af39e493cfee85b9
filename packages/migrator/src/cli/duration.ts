import { MigratorError } from '../errors/migrator-error.js';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Postgres takes no longer ones: its settings are 32-bit numbers of milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Reads `500ms`, `30s`, `5m`, `30d` into whole milliseconds, `atLeast` so many. Throws `wrong-usage`. */
export function parseDuration(text: string, option: string, atLeast = 0): number {
  const ms = toMs(text, option, ['500ms', '30s', '5m']);
  if (ms >= atLeast && ms <= LONGEST) return ms;
  throw new MigratorError('wrong-usage', {
    message: `\`${option} ${text}\` is too ${ms > LONGEST ? 'long' : 'short'}.`,
    fix:
      ms > LONGEST
        ? 'The longest is `596h`.'
        : `Write at least \`${option} ${atLeast}ms\`; without a limit the application would queue behind it.`,
  });
}

/** The same for how old something is, which has no limit. */
export function parseAge(text: string, option: string): number {
  return toMs(text, option, ['30d', '12h', '0s']);
}

function toMs(text: string, option: string, examples: readonly string[]): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match) return Math.ceil(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
  throw new MigratorError('wrong-usage', {
    message: `\`${option} ${text}\` is not a duration.`,
    fix: `Write a number with a unit: ${examples.map((example) => `\`${option} ${example}\``).join(', ')}.`,
  });
}

export function parseCount(text: string, option: string, atLeast = 0): number {
  if (/^\d+$/.test(text) && Number(text) >= atLeast) return Number(text);
  throw new MigratorError('wrong-usage', {
    message: `\`${option} ${text}\` is not a number${atLeast > 0 ? ` from ${atLeast} on` : ''}.`,
    fix: `Write \`${option} 3\`.`,
  });
}
