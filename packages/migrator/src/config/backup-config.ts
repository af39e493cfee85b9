import { resolve } from 'node:path';
import { closest } from '../errors/closest.js';

/** `migrator.backup`. */
export interface BackupConfig {
  /** Where backups go that no `--out` names; absolute. */
  readonly folder: string | undefined;
  /** How many of the newest are kept. */
  readonly keep: number | undefined;
  /** What is younger is kept: `30d`. */
  readonly keepFor: string | undefined;
  readonly pgDump: string | undefined;
}

const FIELDS = ['folder', 'keep', 'keepFor', 'pgDump'];

export function backupConfig(
  given: unknown,
  {
    text,
    root,
    faults,
  }: {
    readonly text: (value: unknown, name: string, byDefault: string) => string | undefined;
    readonly root: string;
    readonly faults: string[];
  },
): BackupConfig {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given)))
    faults.push('`migrator.backup` must be an object with `folder`, `keep`, `keepFor` and `pgDump`.');
  const fields = (typeof given === 'object' && given !== null ? given : {}) as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(fields).filter((name) => !FIELDS.includes(name))) {
    const meant = closest(field, FIELDS);
    const hint = meant ? `did you mean \`${meant}\`?` : 'there are `folder`, `keep`, `keepFor` and `pgDump`.';
    faults.push(`\`migrator.backup.${field}\` is no known field; ${hint}`);
  }
  const { folder, keep, keepFor, pgDump } = fields;
  if (keep !== undefined && !(typeof keep === 'number' && Number.isInteger(keep) && keep >= 1))
    faults.push('`migrator.backup.keep` must be a whole number from 1 on.');
  if (keepFor !== undefined && !/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/.test(String(keepFor)))
    faults.push("`migrator.backup.keepFor` must be a duration, such as `'30d'`.");
  const path = text(folder, 'migrator.backup.folder', '.migrator/backups');
  return {
    folder: path === undefined ? undefined : resolve(root, path),
    keep: typeof keep === 'number' ? keep : undefined,
    keepFor: typeof keepFor === 'string' ? keepFor : undefined,
    pgDump: text(pgDump, 'migrator.backup.pgDump', 'what fits the server'),
  };
}
