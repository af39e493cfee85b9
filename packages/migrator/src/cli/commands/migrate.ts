import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BackupOptions, BackupReport } from '../../api/backup.js';
import { migrate, plan } from '../../api/migrate.js';
import { type Project, targetOf } from '../../api/project.js';
import type { Config } from '../../config/config.js';
import type { Finding, MigrationEvent, Phase, Plan, PlanOptions } from '../../core/types.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import type { BackfillSettings } from '../../execute/context.js';
import { writeFileAtomically } from '../../folder/write-file.js';
import { assertSamePlan, isOfGate, parsePlan, savePlan } from '../../plan/saved-plan.js';
import { renderFindings } from '../../report/findings.js';
import { planJson, resultJson } from '../../report/json.js';
import { progressReporter } from '../../report/progress.js';
import { isShown, nothingToApply, renderPlan } from '../../report/terminal.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseCount, parseDuration } from '../duration.js';
import type { Io } from '../io.js';
import { openProject } from '../open-project.js';

export interface MigrateFlags {
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly atomic?: boolean;
  readonly outOfOrder?: boolean;
  readonly allowEdited?: boolean;
  readonly force?: string;
  readonly phase?: Phase;
  readonly wait?: string;
  readonly plan?: string;
  readonly planOut?: string;
  readonly yes?: boolean;
  /** True, or the file to write. */
  readonly backup?: true | string;
  readonly lockWait: string;
  readonly lockTimeout: string;
  readonly lockRetries: string;
  readonly backfillBatch?: string;
  readonly backfillLag?: string;
  readonly backfillTransaction?: string;
  readonly backfillPause?: string;
}

export const runMigrate: Run<MigrateFlags> = async (flags, io) => {
  const saved = readSavedPlan(flags, io);
  const options: PlanOptions = saved?.options ?? {
    atomic: flags.atomic === true,
    outOfOrder: flags.outOfOrder === true,
    allowEdited: flags.allowEdited === true,
    ...(flags.to !== undefined && { to: flags.to }),
    ...(flags.force !== undefined && { force: flags.force }),
    ...(flags.phase !== undefined && { phase: flags.phase }),
  };
  const timeouts = {
    lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1),
    lockRetries: parseCount(flags.lockRetries, '--lock-retries'),
  };
  const backfill = backfillSettings(flags);
  const waitMs = gateWait(flags, options.phase);
  const lockWaitMs = parseDuration(flags.lockWait, '--lock-wait');
  const { config, project, embedded } = await openProject(flags, io);
  const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
  if (flags.dryRun || flags.planOut !== undefined)
    return dryRun(project, options, { ...flags, database, saved }, io, timeouts);
  if (options.force !== undefined && !flags.yes) await confirmForce(project, options, flags, io, timeouts);

  let findings: readonly Finding[] = [];
  let heldBack: Plan['heldBack'];
  let isNamed = false;
  // Always said, and before anything else: a run on the wrong database must be seen.
  const nameDatabase = () => {
    if (!isNamed) io.out(`Database ${io.color.bold(database)}\n`);
    isNamed = true;
  };
  const progress = progressReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color);
  let backup: BackupReport | undefined;
  const result = await migrate(project, {
    ...options,
    ...(saved && { plan: saved }),
    lockWaitMs,
    timeouts,
    waitMs,
    backfill,
    signal: io.signal,
    ...(flags.backup !== undefined && {
      backup: await backupOf({ ...flags, backup: flags.backup }, config, io),
      onBackup: (report: BackupReport) => {
        backup = report;
        if (!flags.json) io.out(`Backed up: ${io.color.bold(report.path)}\n`);
      },
    }),
    ...(!flags.json && {
      onEvent: (event: MigrationEvent) => {
        if (event.type === 'gate-waiting') nameDatabase();
        progress(event);
      },
    }),
    onPlan: (planned) => {
      ({ findings, heldBack } = planned);
      if (flags.json) return;
      nameDatabase();
      printFindings(planned, io);
      if (planned.steps.length > 0) return;
      io.out(
        heldBack?.length ? `${nothingToApply(planned)}\n` : `${io.color.green('Up to date:')} nothing to apply.\n`,
      );
    },
  });
  if (flags.json)
    printJson(io, {
      ...resultJson(result, database, findings),
      ...(heldBack && { heldBack }),
      ...(backup && { backup: backup.path }),
    });
  return exitCodes.ok;
};

/** Milliseconds. Throws `wrong-usage` where nothing would wait. */
export function gateWait({ wait }: Pick<MigrateFlags, 'wait'>, phase: Phase | undefined): number {
  if (wait === undefined) return 0;
  if (phase === 'contract') return parseDuration(wait, '--wait');
  throw new MigratorError('wrong-usage', {
    message: '`--wait` is for `--phase contract`: nothing else waits for applications.',
    fix: 'Add `--phase contract`; to wait for another run there is `--lock-wait`.',
  });
}

/** What the flags say of backfills; the config holds for the rest. */
function backfillSettings(flags: MigrateFlags): Partial<BackfillSettings> {
  const given: readonly [keyof BackfillSettings, string | undefined, string][] = [
    ['targetMs', flags.backfillBatch, '--backfill-batch'],
    ['maxLagMs', flags.backfillLag, '--backfill-lag'],
    ['maxTransactionMs', flags.backfillTransaction, '--backfill-transaction'],
    ['maxPauseMs', flags.backfillPause, '--backfill-pause'],
  ];
  return Object.fromEntries(
    given.flatMap(([setting, text, flag]) => (text === undefined ? [] : [[setting, parseDuration(text, flag, 1)]])),
  );
}

/** What the config says of backups holds here too. Loaded only where it is wanted: a plain run stays fast. */
async function backupOf(
  { backup, ...flags }: MigrateFlags & GlobalOptions & { readonly backup: true | string },
  config: Config,
  io: Io,
): Promise<BackupOptions> {
  const { backupOptions } = await import('./backup.js');
  return backupOptions({ json: flags.json === true, ...(backup !== true && { out: backup }) }, config, io);
}

/** Prints the plan, and saves it if asked to. Ends with the code of the real run if findings would refuse that. */
async function dryRun(
  project: Project,
  options: PlanOptions,
  flags: MigrateFlags & GlobalOptions & { readonly database: string; readonly saved: Plan | undefined },
  io: Io,
  timeouts: { readonly lockTimeoutMs: number },
): Promise<number> {
  const planned = await plan(project, { ...options, signal: io.signal });
  if (flags.saved) assertSamePlan(flags.saved, planned);
  // Who is connected now says nothing of the day that a saved plan runs.
  const refused = planned.findings.some(
    ({ severity, code }) => severity === 'error' && !(flags.planOut !== undefined && isOfGate(code)),
  );
  if (flags.planOut !== undefined && !refused) writeFileAtomically(resolve(io.cwd, flags.planOut), savePlan(planned));
  if (flags.json) printJson(io, planJson(planned, flags.database));
  else {
    io.out(`-- Database ${io.color.bold(flags.database)}\n${renderPlan(planned, io.color, timeouts)}`);
    if (flags.planOut !== undefined) {
      io.out(
        refused
          ? 'The plan was not saved: it would be refused.\n'
          : `Saved. Run exactly this with \`migrator migrate --plan ${flags.planOut}\`.\n`,
      );
    }
  }
  return refused ? exitCodes.refused : exitCodes.ok;
}

async function confirmForce(
  project: Project,
  options: PlanOptions,
  flags: MigrateFlags & GlobalOptions,
  io: Io,
  timeouts: { readonly lockTimeoutMs: number },
): Promise<void> {
  const planned = await plan(project, { ...options, signal: io.signal });
  if (planned.findings.some(({ severity }) => severity === 'error')) return;
  if (!flags.json) io.out(renderPlan(planned, io.color, timeouts));
  await confirm(`Run \`${options.force}\` again, although it is applied?`, io);
}

function readSavedPlan(flags: MigrateFlags, io: Io): Plan | undefined {
  if (flags.plan === undefined) return undefined;
  const path = resolve(io.cwd, flags.plan);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new MigratorError('wrong-usage', {
      message: `The plan cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      fix: `Make one with \`migrator migrate --plan-out ${flags.plan}\`.`,
      cause,
    });
  }
  return parsePlan(text, path);
}

function printFindings({ findings }: Plan, io: Io): void {
  for (const line of renderFindings(findings.filter(isShown), io.color)) io.out(`${line}\n`);
}
