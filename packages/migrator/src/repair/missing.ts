import type { Finding } from '../core/types.js';
import type { FolderDraft } from './draft.js';

/** A repair that has found no text must not send people back to itself: it tells where else one may be. */
export function withWaysOut(draft: FolderDraft, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) =>
    finding.code === 'file-missing' && finding.tag !== undefined
      ? { ...finding, fix: wayOut(draft, finding.tag) }
      : finding,
  );
}

function wayOut({ facts, entries }: FolderDraft, tag: string): string {
  const path = facts.shown(`${tag}.sql`);
  const drop = `\`migrator repair --drop-entry ${tag}\` drops the entry, and says what that means`;
  if (!facts.rows) {
    return `Git has no text of it here. Run \`migrator repair\` without \`--folder\`: the log of a database that has applied it has the text, or it turns out that nobody can have applied it. If it is gone for good, ${drop}.`;
  }
  const when = entries.find((entry) => entry.tag === tag)?.when;
  const row = facts.rows.find(({ createdAt }) => createdAt === when);
  const searched = facts.inGit.has(tag)
    ? `Git has other texts of it than the one that row ${row?.id} was applied with, and the log has none`
    : 'Neither git here nor the log of this database has its text';
  return `${searched}. Look on other branches and machines: \`git fetch --all\`, \`git log --all -- ${path}\`, then \`git checkout <commit> -- ${path}\`; or run \`migrator repair --url <url>\` on another database that has applied it, whose log may have it. If it is gone for good, ${drop}.`;
}
