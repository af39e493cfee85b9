import type { CatalogDifference } from '../catalog/index.js';
import { topDifferences } from '../catalog/index.js';
import type { Finding } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { AcceptedDifference } from './types.js';

/** Known drift, as the file of accepted drift has it. */
export interface AcceptedEntry {
  /** Key of an object, `index:public.songs_title_idx`; `*` stands for any text. */
  readonly object: string;
  /** Only while it is this: `missing`, `unexpected` or `changed`. Default: whatever. */
  readonly change?: CatalogDifference['change'] | undefined;
  /** Only while the database has exactly this. Default: whatever it has. */
  readonly actual?: string | undefined;
  readonly reason: string;
}

/** Reads the text of the file. Throws `invalid-config` with all faults at once. */
export function parseAccepted(text: string, path: string): readonly AcceptedEntry[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, [`It is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`], cause);
  }
  const { accepted } = isRecord(document) ? document : {};
  if (!Array.isArray(accepted)) throw invalid(path, ['It must be an object with a list `accepted`.']);
  const faults = accepted.flatMap((entry: unknown, index) => {
    const { object, reason, change, actual } = isRecord(entry) ? entry : {};
    const place = `\`accepted[${index}]\``;
    return [
      ...(typeof object === 'string' && object.includes(':')
        ? []
        : [`${place} must name its \`object\`, such as \`index:public.songs_title_idx\`.`]),
      ...(typeof reason === 'string' && reason.trim() !== '' ? [] : [`${place} must have a \`reason\`.`]),
      ...(change === undefined || CHANGES.includes(change as never)
        ? []
        : [`${place}: \`change\` must be one of ${CHANGES.join(', ')}.`]),
      ...(actual === undefined || typeof actual === 'string' ? [] : [`${place}: \`actual\` must be a text.`]),
    ];
  });
  if (faults.length > 0) throw invalid(path, faults);
  return accepted as AcceptedEntry[];
}

const CHANGES: readonly CatalogDifference['change'][] = ['missing', 'unexpected', 'changed'];

function invalid(path: string, faults: readonly string[], cause?: unknown): MigratorError {
  return new MigratorError('invalid-config', {
    message: 'The file of accepted drift cannot be used.',
    where: path,
    detail: faults.map((fault) => `- ${fault}`).join('\n'),
    fix: 'Correct it, or remove it and accept again: `migrator drift --accept <object> --reason <why>`.',
    data: { faults },
    cause,
  });
}

/** Ordered by object, one entry an object, so that two branches that accept different things can be merged. */
export function acceptedText(entries: readonly AcceptedEntry[]): string {
  const sorted = [...entries].sort((a, b) => (a.object < b.object ? -1 : 1));
  return `${JSON.stringify({ version: 1, accepted: sorted }, null, 2)}\n`;
}

export interface Sifted {
  /** With what belongs to them. */
  readonly differences: readonly CatalogDifference[];
  readonly accepted: readonly AcceptedDifference[];
  readonly unused: readonly AcceptedEntry[];
}

/** Tells accepted drift from the rest. What belongs to an accepted object as a whole, or follows from it, is accepted with it. Pure. */
export function sift(differences: readonly CatalogDifference[], entries: readonly AcceptedEntry[]): Sifted {
  const used = new Set<AcceptedEntry>();
  const accepted = topDifferences(differences).flatMap((difference): AcceptedDifference[] => {
    const entry = entries.find((candidate) => fits(candidate, difference));
    if (entry) used.add(entry);
    return entry ? [{ ...difference, reason: entry.reason }] : [];
  });
  const gone = new Set(accepted.map(({ key }) => key));
  const byKey = new Map(differences.map((difference) => [difference.key, difference]));
  const isGone = ({ key, of, change, follows }: CatalogDifference): boolean => {
    if (gone.has(key)) return true;
    const parent = follows === undefined ? undefined : byKey.get(follows);
    if (parent && isGone(parent)) return true;
    const whole = of === undefined ? undefined : byKey.get(of);
    return whole !== undefined && whole.change === change && change !== 'changed' && isGone(whole);
  };
  return {
    differences: differences.filter((difference) => !isGone(difference)),
    accepted,
    unused: entries.filter((entry) => !used.has(entry)),
  };
}

function fits({ object, change, actual }: AcceptedEntry, difference: CatalogDifference): boolean {
  if (change !== undefined && change !== difference.change) return false;
  if (actual !== undefined && actual !== difference.actual) return false;
  return matches(object, difference.key);
}

/** The entries for what patterns name, beside those there are. Throws `wrong-usage` where a pattern names nothing. */
export function accept(
  differences: readonly CatalogDifference[],
  patterns: readonly string[],
  reason: string,
): readonly AcceptedEntry[] {
  const top = topDifferences(differences);
  for (const pattern of patterns) {
    if (top.some(({ key }) => matches(pattern, key))) continue;
    throw new MigratorError('wrong-usage', {
      message: `\`--accept ${pattern}\`: nothing of that name has drifted.`,
      state: 'Nothing was written.',
      fix: 'Name an object as `migrator drift` does in brackets, such as `index:public.songs_title_idx`; `*` stands for any text.',
    });
  }
  return top
    .filter(({ key }) => patterns.some((pattern) => matches(pattern, key)))
    .map(({ key, change, actual }) => ({ object: key, change, ...(actual !== undefined && { actual }), reason }));
}

function matches(pattern: string, key: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(key);
}

export function unusedFindings(unused: readonly AcceptedEntry[], path: string): Finding[] {
  return unused.map(({ object }) => ({
    code: 'drift-accepted-unused',
    severity: 'warning',
    at: { file: path },
    message: `\`${object}\` is accepted as drift, and has none of that kind.`,
    consequence: 'Should it drift again, nobody would be told.',
    fix: 'Take the entry out of the file.',
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
