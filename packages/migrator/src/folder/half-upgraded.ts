import { folderNameOf } from '../core/folder-names.js';
import type { Finding, Migration } from '../core/types.js';

/** A journal of 0.31 and folders of 1.0, side by side: neither tool of drizzle does what it seems to. Pure. */
export function halfUpgraded(
  migrations: readonly Migration[],
  folders: readonly string[],
  shown: (path: string) => string,
): Finding {
  const ofJournal = new Set(migrations.map(folderNameOf));
  const moved = folders.filter((name) => ofJournal.has(name));
  const more = folders.filter((name) => !ofJournal.has(name));
  const what =
    moved.length > 0
      ? `${moved.length} of ${migrations.length} migrations have been moved to folders of drizzle 1.0`
      : `${more.length === 1 ? 'one folder' : `${more.length} folders`} of drizzle 1.0 stand beside it, the first of them \`${more[0]}\``;
  return {
    code: 'half-upgraded-folder',
    severity: 'error',
    at: { file: shown('meta/_journal.json') },
    message: `The folder has the journal of drizzle 0.31, and ${what}.`,
    consequence: `drizzle 0.31 ${moved.length > 0 ? 'stops without a word, because it misses files' : 'never runs them'}; drizzle-orm 1.0 refuses to run anything while the journal is there.`,
    fix:
      more.length > 0 && moved.length === 0
        ? 'Run `migrator upgrade` to bring the rest to drizzle 1.0, or move those folders away.'
        : 'Run `migrator upgrade` to finish it, or take the folder back from version control.',
  };
}
