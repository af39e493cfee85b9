import type { Finding, Migration } from '../core/types.js';
import type { FolderFacts } from './folder-findings.js';

export const DAY = 86_400_000;
const MAX_TIME = 8.64e15;
/** drizzle-kit is younger. */
const FIRST_RELEASE = Date.UTC(2021, 0, 1);

/** Faults of the time and the number of one entry. `before`: the one with the latest stamp of those before it. Pure. */
export function stampFindings(
  migration: Migration,
  before: Migration | undefined,
  { now, shown, tellTyped }: FolderFacts & { readonly tellTyped: boolean },
): Finding[] {
  const { tag, position, idx, when } = migration;
  const about = { tag, at: { file: shown('meta/_journal.json') } } as const;
  if (!Number.isSafeInteger(when)) {
    return [
      {
        ...about,
        code: 'when-invalid',
        severity: 'error',
        message: `\`${tag}\` is stamped ${when}, which no row can hold: it is no whole number of milliseconds.`,
        consequence:
          'drizzle-kit runs the file and fails when it writes the row, or rounds and takes it for another one.',
        fix: 'Run `migrator repair`: no database has it, so it gets a time of its own.',
      },
    ];
  }
  const findings: Finding[] = [];
  if (before && when <= before.when) {
    findings.push({
      ...about,
      code: 'when-not-increasing',
      severity: 'warning',
      message: `\`${tag}\` is stamped ${when}, not later than \`${before.tag}\` before it (${before.when}).`,
      consequence: `drizzle-kit skips it, without a word, on every database that already has \`${before.tag}\`; a new database gets it.`,
      fix: `If no database has it yet, run \`migrator repair --restamp ${tag}\`; where it is skipped already, \`migrator migrate --out-of-order\`.`,
    });
  }
  if (when > now + DAY) {
    findings.push({
      ...about,
      code: 'when-in-future',
      severity: 'warning',
      message: `\`${tag}\` is stamped ${new Date(Math.min(when, MAX_TIME)).toISOString().slice(0, 10)}, which lies in the future.`,
      consequence: 'drizzle-kit will skip, without a word, everything generated until then once this is applied.',
      fix: 'Run `migrator repair`: it brings it back between its neighbours, in the journal and in the row.',
    });
  } else if (tellTyped && isTyped(when)) {
    findings.push({
      ...about,
      code: 'when-typed',
      severity: 'info',
      message: `\`${tag}\` is stamped ${when}: a time that somebody has typed.`,
      consequence: 'Typed times are what makes drizzle-kit skip migrations, when branches are merged.',
      fix: 'Nothing to do where it is later than the one before it.',
    });
  }
  if (idx !== position) {
    findings.push({
      ...about,
      code: 'idx-mismatch',
      severity: 'info',
      message: `\`${tag}\` has idx ${idx} at position ${position} of the journal.`,
      consequence: 'Nothing reads it but `drizzle-kit generate`, which may give a number twice.',
      fix: 'Leave it; `migrator repair` numbers the entries anew where a number would come twice.',
    });
  }
  return findings;
}

/** A whole second, or a time before there was a drizzle-kit. */
export function isTyped(when: number): boolean {
  return when < FIRST_RELEASE || when % 1000 === 0;
}
