import { installGit, mergeDriver } from '../../api/git.js';
import { exitCodes } from '../../errors/catalog.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { loadCommandConfig } from '../open-project.js';

export const runGitInstall: Run<{ readonly command?: string }> = async (flags, io) => {
  const { root, migrationsFolder } = await loadCommandConfig(flags, io);
  const changed = installGit({ root, migrationsFolder }, flags.command);
  if (flags.json) printJson(io, { command: 'git install', ok: true, changed });
  else if (changed.length === 0) io.out(`${io.color.green('Nothing to do:')} git merges the journal with migrator.\n`);
  else
    io.out(
      `${changed.map((what) => `${io.color.green('✓')} ${what}\n`).join('')}Commit .gitattributes; everybody runs \`migrator git install\` once in their clone.\n`,
    );
  return exitCodes.ok;
};

/** Git takes any exit code but 0 for a conflict. */
export function runMergeDriver(
  { base, ours, theirs }: { readonly base: string; readonly ours: string; readonly theirs: string } & GlobalOptions,
  io: Io,
): number {
  const solved = mergeDriver(base, ours, theirs);
  io.err(
    solved
      ? 'The migrations of both branches are in the journal; `migrator rebase` puts them one behind the other.\n'
      : 'The journal could not be merged: `migrator rebase` solves the marks.\n',
  );
  return solved ? exitCodes.ok : exitCodes.refused;
}
