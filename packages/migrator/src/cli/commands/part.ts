import { part, planPart } from '../../api/part.js';
import { targetOf } from '../../api/project.js';
import { describeTarget } from '../../database/target.js';
import type { TrackingNames } from '../../database/tracking.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { partJson, renderPart } from '../../report/part.js';
import { progressReporter } from '../../report/progress.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import { openProject } from '../open-project.js';

export interface PartFlags {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
}

export const runPart: Run<PartFlags> = async (flags, io) => {
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const from = flags.from === undefined ? undefined : parseTable(flags.from);
  const { project, embedded } = await openProject(flags, io);
  const options = { from, lockWaitMs, timeouts, signal: io.signal };
  const planned = await planPart(project, options);
  const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
  const isEmpty = planned.moves.length === 0;
  if (!flags.json) {
    io.out(`Database ${io.color.bold(database)}\n${renderPart(planned)}`);
    if (flags.dryRun && !isEmpty) io.out('Nothing was changed.\n');
  }
  if (!flags.dryRun && !isEmpty) {
    if (!flags.yes) await confirm('Move these rows?', io);
    const live = { write: io.out, live: io.isTty, columns: io.columns };
    await part(project, planned, { ...options, ...(!flags.json && { onEvent: progressReporter(live, io.color) }) });
    if (!flags.json) io.out(`${io.color.green('Parted.')} Each project has a table of its own now.\n`);
  }
  if (flags.json) printJson(io, partJson(planned, { dryRun: flags.dryRun === true }));
  return exitCodes.ok;
};

/** `schema.table`, as `migrations` of a config names them; names with a point of their own are beyond it. */
function parseTable(text: string): TrackingNames {
  const [schema, table, ...more] = text.split('.');
  if (schema && table && more.length === 0) return { schema, table };
  throw new MigratorError('wrong-usage', {
    message: `\`--from ${text}\` names no table.`,
    fix: 'Write schema and table: `--from drizzle.__drizzle_migrations`.',
  });
}
