import { targetOf } from '../../api/project.js';
import { listParked, purge } from '../../api/purge.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { progressReporter } from '../../report/progress.js';
import { age, purgeJson, renderParked } from '../../report/rollback.js';
import { plural } from '../../report/text.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseAge, parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';

export interface PurgeFlags {
  readonly olderThan: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
}

export const runPurge: Run<PurgeFlags> = async (flags, io) => {
  const olderThanMs = parseAge(flags.olderThan, '--older-than');
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const { project, embedded } = await openProject(flags, io);
  const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
  const drops = await listParked(project, { signal: io.signal });
  const due = new Set(drops.filter(({ ageMs, isOurs }) => ageMs >= olderThanMs && (isOurs || flags.all === true)));
  const others = drops.filter(({ isOurs, ageMs }) => !isOurs && ageMs >= olderThanMs && !flags.all).length;
  if (!flags.json) {
    io.out(`Database ${io.color.bold(database)}\n`);
    if (drops.length === 0) io.out('Nothing is parked.\n');
    else io.out(renderParked(drops, due, io.color));
    if (others > 0)
      io.out(
        `${plural(others, 'drop')} parked by no migration of this project ${others === 1 ? 'is' : 'are'} left alone; \`--all\` takes ${others === 1 ? 'it' : 'them'} too.\n`,
      );
    else if (drops.length > 0 && due.size === 0) io.out(`Nothing is older than ${age(olderThanMs)}.\n`);
    if (flags.dryRun && due.size > 0) io.out(`${plural(due.size, 'drop')} would be purged. Nothing was changed.\n`);
  }
  if (flags.dryRun || due.size === 0) {
    if (flags.json) printJson(io, purgeJson(database, { drops, due, purged: [], dryRun: flags.dryRun === true }));
    return exitCodes.ok;
  }
  if (!flags.yes)
    await confirm(`Destroy what is marked (${plural(due.size, 'drop')})? No rollback brings it back then.`, io);
  const purged = await purge(project, {
    drops: [...due],
    lockWaitMs,
    timeouts,
    signal: io.signal,
    ...(!flags.json && {
      onEvent: progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color),
      onPurged: ({ kind, name }) => io.out(`  ${io.color.green('✓')} ${kind} ${name}\n`),
    }),
  });
  if (flags.json) printJson(io, purgeJson(database, { drops, due, purged, dryRun: false }));
  else io.out(`Purged ${plural(purged.length, 'drop')}.\n`);
  return exitCodes.ok;
};
