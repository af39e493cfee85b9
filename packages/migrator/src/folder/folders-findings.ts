import type { Finding, Migration } from '../core/types.js';
import { fileFindings } from './file-findings.js';
import { type FolderSnapshot, folderSnapshotFindings } from './folders-snapshots.js';
import { DAY } from './stamp-findings.js';
import type { TextFault } from './text-fault.js';

interface FoldersFacts {
  readonly migrations: readonly Migration[];
  /** Names of folders that hold a migration.sql and cannot be migrations. */
  readonly unusable: readonly string[];
  /** Names of the `.sql` files that stand beside the folders. */
  readonly sqlFiles: readonly string[];
  readonly textFaults: ReadonlyMap<string, TextFault>;
  readonly snapshots: readonly FolderSnapshot[] | undefined;
  readonly shown: (path: string) => string;
  readonly now: number;
}

/** Every fault of a folder in the layout of drizzle 1.0, whatever a database says. Pure. */
export function foldersFindings(facts: FoldersFacts): Finding[] {
  const { migrations, snapshots, shown } = facts;
  return [
    ...facts.unusable.map((name) => unusableName(name, shown)),
    ...migrations.flatMap((migration) => fileFindings(migration, facts)),
    ...timeFindings(facts),
    ...facts.sqlFiles.map((name) => strayFile(name, shown)),
    ...(snapshots ? withoutSql(facts, snapshots) : []),
    ...(snapshots ? folderSnapshotFindings(migrations, snapshots, shown) : []),
  ];
}

function unusableName(name: string, shown: (path: string) => string): Finding {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are meant
  const plain = name.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
  return {
    code: 'invalid-entry',
    severity: 'error',
    at: { file: shown(`${plain}/migration.sql`) },
    message: `The folder \`${plain}\` holds a migration, but its name does not begin with a time of 14 digits.`,
    consequence: 'drizzle 1.0 runs it, then fails to record it, and rolls back the whole run.',
    fix: 'Rename it to `<yyyymmddhhmmss>_<name>`, or move it away.',
  };
}

function timeFindings({ migrations, now, shown }: FoldersFacts): Finding[] {
  const findings: Finding[] = [];
  const hashes = new Map<string, Migration>();
  for (const [index, migration] of migrations.entries()) {
    const { tag, when, file, path } = migration;
    const before = migrations[index - 1];
    if (before?.when === when) {
      findings.push({
        code: 'duplicate-prefix',
        severity: 'info',
        tag,
        at: { file: shown(tag) },
        message: `\`${tag}\` and \`${before.tag}\` have the same time.`,
        consequence: 'They run in the order of their names.',
        fix: 'Nothing to do if that order is right.',
      });
    }
    if (when > now + DAY) {
      findings.push({
        code: 'when-in-future',
        severity: 'warning',
        tag,
        at: { file: shown(tag) },
        message: `\`${tag}\` is dated ${new Date(when).toISOString().slice(0, 10)}, which lies in the future.`,
        consequence:
          'Everything generated until then runs before it on a new database, and after it where it is applied.',
        fix: 'If no database has it yet, rename its folder to the present time.',
      });
    }
    const twin = file && hashes.get(file.hash);
    if (twin) {
      findings.push({
        code: 'identical-files',
        severity: 'info',
        tag,
        at: { file: path },
        message: `\`${tag}\` and \`${twin.tag}\` hold the same bytes.`,
        consequence: 'They are told apart by their names.',
        fix: 'Nothing to do if that is meant.',
      });
    }
    if (file) hashes.set(file.hash, migration);
  }
  return findings;
}

function strayFile(name: string, shown: (path: string) => string): Finding {
  return {
    code: 'orphan-file',
    severity: 'warning',
    at: { file: shown(name) },
    message: `${name} stands beside the folders of drizzle 1.0: it never runs.`,
    consequence: 'drizzle-kit ignores it without a word.',
    fix: 'Give it a folder of its own, as `<yyyymmddhhmmss>_<name>/migration.sql`, or move it away.',
  };
}

function withoutSql({ migrations, unusable, shown }: FoldersFacts, snapshots: readonly FolderSnapshot[]): Finding[] {
  const known = new Set([...migrations.map(({ tag }) => tag), ...unusable]);
  return snapshots
    .filter(({ folder }) => !known.has(folder))
    .map(({ folder }) => ({
      code: 'file-missing',
      severity: 'warning',
      at: { file: shown(`${folder}/migration.sql`) },
      message: `The folder \`${folder}\` has a snapshot, but no migration.sql.`,
      consequence: 'drizzle-kit never runs it, and takes what its snapshot says for done.',
      fix: 'Restore the file from version control, or remove the folder.',
    }));
}
