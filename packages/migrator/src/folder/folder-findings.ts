import type { Finding, Migration } from '../core/types.js';
import { duplicateFindings } from './duplicate-findings.js';
import { fileFindings } from './file-findings.js';
import { entryLines, type Journal } from './journal.js';
import { snapshotFindings } from './snapshot-findings.js';
import type { SnapshotHead } from './snapshots.js';
import { isTyped, stampFindings } from './stamp-findings.js';
import type { TextFault } from './text-fault.js';

export interface FolderFacts {
  readonly journal: Journal;
  /** The journal as it is written, for the lines of its entries. */
  readonly journalText?: string | undefined;
  readonly migrations: readonly Migration[];
  /** Of the files that are no text in UTF-8, by tag. */
  readonly textFaults?: ReadonlyMap<string, TextFault>;
  /** Names of the `.sql` files, downs left out. */
  readonly sqlFiles: readonly string[];
  readonly heads: readonly SnapshotHead[] | undefined;
  /** Path of a file of the folder as it is to be shown. */
  readonly shown: (path: string) => string;
  readonly now: number;
}

/** Every fault of a folder, whatever a database says. Pure. Severity `error` stops a run that would touch the migration. */
export function folderFindings(facts: FolderFacts): Finding[] {
  const found = [
    ...journalFindings(facts),
    ...entriesFindings(facts),
    ...duplicateFindings(facts.migrations),
    ...orphanFindings(facts),
    ...(facts.heads ? snapshotFindings(facts.migrations, facts.heads, facts.shown) : []),
  ];
  return withLines(found, facts);
}

/** The lines are counted only where there is something to say. */
function withLines(findings: readonly Finding[], { journal, journalText, migrations, shown }: FolderFacts): Finding[] {
  const file = shown('meta/_journal.json');
  const open = findings.filter(({ at, tag }) => at?.file === file && at.line === undefined && tag !== undefined);
  if (open.length === 0 || journalText === undefined) return [...findings];
  const lines = entryLines(journalText, journal);
  return findings.map((finding) => {
    if (!open.includes(finding)) return finding;
    const line = lines[migrations.findLastIndex(({ tag }) => tag === finding.tag)];
    return line === undefined ? finding : { ...finding, at: { file, line } };
  });
}

function journalFindings({ journal, shown }: FolderFacts): Finding[] {
  const file = shown('meta/_journal.json');
  const old: Finding[] =
    journal.version === '7'
      ? []
      : [
          {
            code: 'old-journal-version',
            severity: 'warning',
            at: { file },
            message: `The journal has version ${journal.version}; drizzle-kit 0.31 writes version 7.`,
            consequence: 'Applying works; drizzle-kit refuses to generate.',
            fix: 'Run `npx drizzle-kit up`.',
          },
        ];
  const invalid = journal.invalid.map(
    ({ position, text, strayTag, line }): Finding => ({
      code: 'invalid-entry',
      severity: 'error',
      at: { file, ...(line !== undefined && { line }) },
      message: `Entry ${position} of the journal has no time, or no tag that names a file of the folder: ${text.slice(0, 120)}`,
      consequence: strayTag
        ? 'drizzle-kit runs whatever file the tag leads to.'
        : 'drizzle-kit looks for a file called `undefined.sql`, or writes a row without a time, and says nothing.',
      fix: strayTag
        ? `Let its \`tag\` be the name of a file of the folder, without \`.sql\`, or run \`migrator repair --drop-entry '#${position}'\`.`
        : 'Run `migrator repair`: it gives the entry the file or the time that it means, or drops it.',
    }),
  );
  return [...old, ...mixedVersions(journal, file), ...invalid];
}

/** A folder that was carried on from an older drizzle-kit: its own upgrade changes the journal's version, not the entries'. */
function mixedVersions({ entries }: Journal, file: string): Finding[] {
  const versions = [...new Set(entries.map(({ version }) => version))].sort();
  if (versions.length < 2) return [];
  return [
    {
      code: 'mixed-entry-versions',
      severity: 'info',
      at: { file },
      message: `The entries of the journal have the versions ${versions.slice(0, -1).join(', ')} and ${versions.at(-1)}.`,
      consequence:
        'None: several releases of drizzle-kit have written them, and nothing reads the version of an entry. The files run the same on new and on migrated databases.',
      fix: 'Nothing to do.',
    },
  ];
}

function entriesFindings(facts: FolderFacts): Finding[] {
  let latest: Migration | undefined;
  // Where most times are typed, it is a habit and tells nothing.
  const tellTyped = facts.migrations.filter(({ when }) => isTyped(when)).length * 2 < facts.migrations.length;
  return facts.migrations.flatMap((migration) => {
    const findings = [...fileFindings(migration, facts), ...stampFindings(migration, latest, { ...facts, tellTyped })];
    if (!latest || migration.when > latest.when) latest = migration;
    return findings;
  });
}

function orphanFindings({ migrations, sqlFiles, shown }: FolderFacts): Finding[] {
  const tags = new Set(migrations.map(({ tag }) => tag));
  const lower = new Set([...tags].map((tag) => tag.toLowerCase()));
  return (
    sqlFiles
      .map((name) => ({ name, tag: name.slice(0, -'.sql'.length) }))
      // A file that is only spelled otherwise is told of at its entry.
      .filter(({ tag }) => !tags.has(tag) && !lower.has(tag.toLowerCase()))
      .map(
        ({ name, tag }): Finding => ({
          code: 'orphan-file',
          severity: 'warning',
          at: { file: shown(name) },
          message: `${name} is in the folder but not in the journal: it never runs.`,
          consequence: 'drizzle-kit ignores it without a word, on new and on old databases.',
          fix: `Run \`migrator repair${/^\d+(?:_|$)/.test(tag) ? '' : ` --adopt ${name}`}\`: it gives it an entry at its right place; or move the file away.`,
        }),
      )
  );
}
