import type { Finding, Migration } from '../core/types.js';
import type { Journal } from './journal.js';
import { snapshotFindings } from './snapshot-findings.js';
import type { SnapshotHead } from './snapshots.js';
import type { TextFault } from './text-fault.js';

interface FolderFacts {
  readonly journal: Journal;
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
  return [
    ...journalFindings(facts),
    ...entriesFindings(facts),
    ...duplicateFindings(facts.migrations),
    ...orphanFindings(facts),
    ...(facts.heads ? snapshotFindings(facts.migrations, facts.heads, facts.shown) : []),
  ];
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
    ({ position, text, strayTag }): Finding => ({
      code: 'invalid-entry',
      severity: 'error',
      at: { file },
      message: `Entry ${position} of the journal has no time, or no tag that names a file of the folder: ${text.slice(0, 120)}`,
      consequence: strayTag
        ? 'drizzle-kit runs whatever file the tag leads to.'
        : 'drizzle-kit looks for a file called `undefined.sql` and stops without a word.',
      fix: strayTag
        ? 'Let its `tag` be the name of a file of the folder, without `.sql`, or remove the entry.'
        : 'Give the entry its `tag` and `when`, or remove it.',
    }),
  );
  return [...old, ...invalid];
}

function entriesFindings(facts: FolderFacts): Finding[] {
  let latest: Migration | undefined;
  return facts.migrations.flatMap((migration) => {
    const findings = [...fileFindings(migration, facts), ...stampFindings(migration, latest, facts)];
    if (!latest || migration.when > latest.when) latest = migration;
    return findings;
  });
}

/** What is wrong with the file of one migration. */
export function fileFindings(
  { tag, path, file }: Migration,
  { textFaults, shown }: Pick<FolderFacts, 'textFaults' | 'shown'>,
): Finding[] {
  const at = { file: path };
  if (!file) {
    return [
      {
        code: 'file-missing',
        severity: 'error',
        tag,
        at,
        message: `The journal lists \`${tag}\`, but its file does not exist.`,
        consequence: 'drizzle-kit stops without a word, even where the migration is applied already.',
        fix: `Restore it (\`git log --all -- ${path}\`), or remove the entry from ${shown('meta/_journal.json')} if no database has it.`,
      },
    ];
  }
  const fault = textFaults?.get(tag);
  if (fault && fault.kind !== 'not-utf8') {
    const utf16 = fault.kind === 'utf-16';
    return [
      {
        code: 'not-text',
        severity: 'error',
        tag,
        at: { ...at, line: fault.line },
        message: utf16
          ? `\`${tag}\` is UTF-16, as Windows PowerShell writes it with \`>\`.`
          : `\`${tag}\` holds a zero byte, which a text in Postgres cannot.`,
        consequence: 'The server would refuse it.',
        fix: utf16
          ? `Save ${path} as UTF-8.`
          : `Remove the zero byte; if it is every second one, the file is UTF-16: save ${path} as UTF-8.`,
      },
    ];
  }
  const findings: Finding[] = [];
  if (fault) {
    findings.push({
      code: 'not-utf8',
      severity: 'warning',
      tag,
      at: { ...at, line: fault.line },
      message: `\`${tag}\` is not valid UTF-8.`,
      consequence: 'Each wrong byte reaches the database as U+FFFD (\uFFFD), with drizzle-kit as well.',
      fix: `Save ${path} as UTF-8, unless it is applied somewhere as it is.`,
    });
  }
  if (file.sql.includes('\r\n')) {
    findings.push({
      code: 'crlf-file',
      severity: 'warning',
      tag,
      at,
      message: `\`${tag}\` has Windows line endings.`,
      consequence: 'Its hash differs from that of the same file with Unix line endings on another machine.',
      fix: 'Add `*.sql text eol=lf` to .gitattributes and check the file out again, unless it is applied somewhere as it is.',
    });
  }
  return findings;
}

/** `before`: the one with the latest stamp of those before it. */
function stampFindings(migration: Migration, before: Migration | undefined, { now, shown }: FolderFacts): Finding[] {
  const { tag, position, idx, when } = migration;
  const journal = { file: shown('meta/_journal.json') };
  const findings: Finding[] = [];
  if (before && when <= before.when) {
    findings.push({
      code: 'when-not-increasing',
      severity: 'warning',
      tag,
      at: journal,
      message: `\`${tag}\` is stamped ${when}, not later than \`${before.tag}\` before it (${before.when}).`,
      consequence: `drizzle-kit skips it, without a word, on every database that already has \`${before.tag}\`.`,
      fix: `If no database has it yet, set its \`when\` to a value after ${before.when}; where it is skipped already, run \`migrator migrate --out-of-order\`.`,
    });
  }
  if (when > now + DAY) {
    findings.push({
      code: 'when-in-future',
      severity: 'warning',
      tag,
      at: journal,
      message: `\`${tag}\` is stamped ${new Date(Math.min(when, MAX_TIME)).toISOString().slice(0, 10)}, which lies in the future.`,
      consequence: 'drizzle-kit will skip, without a word, everything generated until then once this is applied.',
      fix: 'If no database has it yet, set its `when` to the present time.',
    });
  }
  if (idx !== position) {
    findings.push({
      code: 'idx-mismatch',
      severity: 'info',
      tag,
      at: journal,
      message: `\`${tag}\` has idx ${idx} at position ${position} of the journal.`,
      consequence: 'Nothing reads it but `drizzle-kit generate`, which may give a number twice.',
      fix: 'Leave it, or number the entries anew.',
    });
  }
  return findings;
}

export const DAY = 86_400_000;
const MAX_TIME = 8.64e15;

function duplicateFindings(migrations: readonly Migration[]): Finding[] {
  const findings: Finding[] = [];
  const seen = {
    prefix: new Map<string, Migration>(),
    tag: new Map<string, Migration>(),
    hash: new Map<string, Migration>(),
  };
  for (const migration of migrations) {
    const at = { file: migration.path };
    const { tag } = migration;
    const sameTag = seen.tag.get(tag);
    const prefix = /^\d+(?=_)/.exec(tag)?.[0];
    const samePrefix = prefix && seen.prefix.get(prefix);
    const sameHash = migration.file && seen.hash.get(migration.file.hash);
    if (sameTag) {
      findings.push({
        code: sameTag.when === migration.when ? 'duplicate-migration' : 'duplicate-tag',
        severity: 'error',
        tag,
        at,
        message: `The journal lists \`${tag}\` twice.`,
        consequence: 'drizzle-kit runs the file twice on a new database.',
        fix: 'Remove one of the two entries from meta/_journal.json.',
      });
    } else {
      if (samePrefix) {
        findings.push({
          code: 'duplicate-prefix',
          severity: 'warning',
          tag,
          at,
          message: `\`${tag}\` and \`${samePrefix.tag}\` have the same number.`,
          consequence:
            'Two branches made them side by side. The next `drizzle-kit generate` may make one of the changes again.',
          fix: 'Check that both changes are in the newest snapshot; renumber the one that no database has yet.',
        });
      }
      if (sameHash) {
        findings.push({
          code: 'identical-files',
          severity: 'info',
          tag,
          at,
          message: `\`${tag}\` and \`${sameHash.tag}\` hold the same bytes.`,
          consequence: 'They are told apart by `when`.',
          fix: 'Nothing to do if that is meant.',
        });
      }
    }
    seen.tag.set(tag, migration);
    if (prefix) seen.prefix.set(prefix, migration);
    if (migration.file) seen.hash.set(migration.file.hash, migration);
  }
  return findings;
}

function orphanFindings({ migrations, sqlFiles, shown }: FolderFacts): Finding[] {
  const tags = new Set(migrations.map(({ tag }) => tag));
  return sqlFiles
    .filter((name) => !tags.has(name.slice(0, -'.sql'.length)))
    .map(
      (name): Finding => ({
        code: 'orphan-file',
        severity: 'warning',
        at: { file: shown(name) },
        message: `${name} is in the folder but not in the journal: it never runs.`,
        consequence: 'drizzle-kit ignores it without a word.',
        fix: 'Add an entry for it to meta/_journal.json, or move the file away.',
      }),
    );
}
