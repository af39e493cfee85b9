import { MigratorError } from '../errors/migrator-error.js';
import type { MigrationsFolder } from './read-folder.js';

/**
 * Throws `layout-unsupported` for a folder in the layout of drizzle 1.0, for what works with a journal and with the snapshots of
 * 0.31. `instead` says what to run there.
 */
export function assertJournalLayout(
  { layout, directory }: Pick<MigrationsFolder, 'layout' | 'directory'>,
  command: string,
  instead: string,
): void {
  if (layout === 'journal') return;
  throw new MigratorError('layout-unsupported', {
    message: `\`${command}\` works with the journal and the snapshots of drizzle-kit 0.31; this folder is one of drizzle 1.0.`,
    where: directory,
    state: 'Nothing was changed.',
    fix: instead,
  });
}
