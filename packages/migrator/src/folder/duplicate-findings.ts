import type { Finding, Migration } from '../core/types.js';

/** What two entries share that they should not. Pure. */
export function duplicateFindings(migrations: readonly Migration[]): Finding[] {
  const findings: Finding[] = [];
  const seen = {
    prefix: new Map<string, Migration>(),
    tag: new Map<string, Migration>(),
    hash: new Map<string, Migration>(),
  };
  for (const migration of migrations) {
    const about = { tag: migration.tag, at: { file: migration.path } } as const;
    const { tag } = migration;
    const sameTag = seen.tag.get(tag);
    const prefix = /^\d+(?=_)/.exec(tag)?.[0];
    const samePrefix = prefix && seen.prefix.get(prefix);
    const sameHash = migration.file && seen.hash.get(migration.file.hash);
    if (sameTag) {
      findings.push({
        ...about,
        code: sameTag.when === migration.when ? 'duplicate-migration' : 'duplicate-tag',
        severity: 'error',
        message: `The journal lists \`${tag}\` twice.`,
        consequence: 'drizzle-kit runs the file twice on a new database.',
        fix: 'Run `migrator repair`: it keeps the entry that the database knows.',
      });
    } else {
      if (samePrefix) {
        findings.push({
          ...about,
          code: 'duplicate-prefix',
          severity: 'warning',
          message: `\`${tag}\` and \`${samePrefix.tag}\` have the same number.`,
          consequence:
            'Two branches made them side by side. The next `drizzle-kit generate` may make one of the changes again.',
          fix: 'Check that both changes are in the newest snapshot; renumber the one that no database has yet.',
        });
      }
      if (sameHash) {
        findings.push({
          ...about,
          code: 'identical-files',
          severity: 'info',
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
