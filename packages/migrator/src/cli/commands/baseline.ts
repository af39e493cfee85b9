import { applyBaseline, type BaselinePlan, planBaseline } from '../../api/baseline.js';
import { applyIntrospect, planIntrospect } from '../../api/introspect.js';
import { applySquash, planSquash } from '../../api/squash.js';
import { projectOf } from '../../config/config.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { baselineJson, renderBaseline, renderBaselineOutcome } from '../../report/baseline.js';
import { introspectJson, renderIntrospect, renderIntrospectOutcome } from '../../report/introspect.js';
import { progressReporter } from '../../report/progress.js';
import { renderSquash, renderSquashOutcome, squashJson } from '../../report/squash.js';
import { plural } from '../../report/text.js';
import { confirm } from '../ask.js';
import { printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import { loadCommandConfig, openProject } from '../open-project.js';

export interface BaselineFlags {
  readonly tag?: string | undefined;
  readonly to?: string;
  readonly acceptDifferences?: boolean;
  readonly squash?: boolean;
  readonly introspect?: boolean;
  readonly withData?: boolean;
  readonly withoutData?: boolean;
  readonly ignore?: readonly string[];
  readonly scratchUrl?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly lockWait: string;
  readonly lockTimeout: string;
}

export const runBaseline: Run<BaselineFlags> = async (flags, io) => {
  if (flags.squash && flags.introspect) {
    throw new MigratorError('wrong-usage', {
      message: '`--squash` and `--introspect` exclude each other.',
      fix: 'A folder with migrations is squashed; a database without any is introspected.',
    });
  }
  if (flags.squash) return runSquash(flags, io);
  if (flags.introspect) return runIntrospect(flags, io);
  refuseSquashFlags(flags);
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const to = tagOf(flags);
  const { project, embedded } = await openProject(flags, io);
  const { acceptDifferences, ignore, scratchUrl } = flags;
  const onProgress = (message: string) => io.err(`${io.color.dim(message)}\n`);
  const plan = await planBaseline(project, {
    to,
    acceptDifferences,
    ignore,
    scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress }),
  });
  if (!flags.json) {
    io.out(`Database ${io.color.bold(plan.database)}${embedded ? ' (embedded)' : ''}\n`);
    io.out(renderBaseline(plan, io.color));
  }
  const done = plan.edits.length > 0 && !flags.dryRun;
  if (done) {
    if (!flags.yes) await confirm(questionOf(plan), io);
    const onEvent = progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color);
    await applyBaseline(project, plan, { lockWaitMs, timeouts, signal: io.signal, ...(!flags.json && { onEvent }) });
  }
  if (flags.json) printJson(io, baselineJson(plan, { done, dryRun: flags.dryRun === true }));
  else io.out(renderBaselineOutcome(plan, done));
  return exitCodes.ok;
};

/** Only the folder counts: no database is asked. */
const runSquash: Run<BaselineFlags> = async (flags, io) => {
  if (flags.withData && flags.withoutData) {
    throw new MigratorError('wrong-usage', {
      message: '`--with-data` and `--without-data` exclude each other.',
      fix: 'Decide for one of them.',
    });
  }
  const config = await loadCommandConfig(flags, io);
  const project = projectOf(config, config.credentials ?? '', io.cwd);
  const onProgress = (message: string) => io.err(`${io.color.dim(message)}\n`);
  const plan = await planSquash(project, {
    name: flags.tag,
    to: flags.to,
    data: flags.withData ? 'keep' : flags.withoutData ? 'leave-out' : undefined,
    ignore: flags.ignore,
    scratchUrl: flags.scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress }),
  });
  if (!flags.json) io.out(renderSquash(plan, io.color));
  const done = !flags.dryRun;
  if (done) {
    if (!flags.yes) await confirm(`Squash ${plural(plan.squashed.length, 'migration')}? Their files go.`, io);
    applySquash(project, plan);
  }
  if (flags.json) printJson(io, squashJson(plan, { done, dryRun: flags.dryRun === true }));
  else io.out(renderSquashOutcome(plan, done));
  return exitCodes.ok;
};

const runIntrospect: Run<BaselineFlags> = async (flags, io) => {
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const timeouts = { lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1) };
  const { config, project: opened } = await openProject(flags, io);
  const project = { ...opened, root: config.root, generate: config.generate, relativeTo: io.cwd };
  const onProgress = (message: string) => io.err(`${io.color.dim(message)}\n`);
  const plan = await planIntrospect(project, {
    name: flags.tag,
    ignore: flags.ignore,
    scratchUrl: flags.scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress }),
  });
  if (!flags.json) io.out(`Database ${io.color.bold(plan.database)}\n${renderIntrospect(plan, io.color)}`);
  const done = !flags.dryRun;
  if (done) {
    if (!flags.yes) await confirm('Write these files, and mark the migration as applied? It is not run.', io);
    await applyIntrospect(project, plan, { lockWaitMs, timeouts, signal: io.signal });
  }
  if (flags.json) printJson(io, introspectJson(plan, { done, dryRun: flags.dryRun === true }));
  else io.out(renderIntrospectOutcome(plan, done));
  return exitCodes.ok;
};

function refuseSquashFlags({ withData, withoutData }: BaselineFlags): void {
  if (!withData && !withoutData) return;
  throw new MigratorError('wrong-usage', {
    message: `\`${withData ? '--with-data' : '--without-data'}\` goes with \`--squash\`.`,
    fix: 'Add `--squash`, or leave it out.',
  });
}

function questionOf({ edits }: BaselinePlan): string {
  const marked = edits.filter(({ action }) => action === 'insert').length;
  return marked === 0
    ? 'Put the rows of the squashed migrations together?'
    : `Mark ${plural(marked, 'migration')} as applied? None is run.`;
}

function tagOf({ tag, to, acceptDifferences }: BaselineFlags): string | undefined {
  if (tag !== undefined && to !== undefined && tag !== to) {
    throw new MigratorError('wrong-usage', {
      message: `Two migrations are named: \`${tag}\` and \`--to ${to}\`.`,
      fix: 'Name the last one that the database has.',
    });
  }
  const named = to ?? tag;
  if (named === undefined && acceptDifferences) {
    throw new MigratorError('wrong-usage', {
      message:
        '`--accept-differences` needs `--to`: which migrations are to be marked cannot be told by comparing then.',
      fix: 'Run `migrator baseline`: it names the migration that comes closest.',
    });
  }
  return named;
}
