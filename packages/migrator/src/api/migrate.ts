import type { Finding, MigrationEvent, Plan, PlanOptions, RunResult } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { runIdentity } from '../database/identity.js';
import { stayOpen } from '../database/limits.js';
import { lockKeys } from '../database/lock.js';
import { endOrphans, executorName } from '../database/orphans.js';
import { prepareDatabase } from '../database/prepare.js';
import { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Timeouts } from '../execute/context.js';
import { execute } from '../execute/execute.js';
import { assertSamePlan } from '../plan/saved-plan.js';
import { VERSION } from '../version.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, type PlannedState, planState, readProjectFolder } from './read-state.js';
import { withRunLock } from './run-lock.js';

export interface MigrateOptions extends PlanOptions {
  /** Run exactly this plan, saved from `plan()`; its options count. Throws `history-moved` if it would come out differently now. */
  readonly plan?: Plan | undefined;
  /** How long to wait while another run holds the lock, in milliseconds. Default 60 000. */
  readonly lockWaitMs?: number | undefined;
  /** Time limits for DDL that queues for a lock. Default: 3 s, 10 retries. */
  readonly timeouts?: Partial<Timeouts>;
  /** Stops the run: the running statement is cancelled in the server and rolled back. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
  /** Told the plan before anything runs; findings of severity `error` have refused it already. */
  readonly onPlan?: ((plan: Plan) => void) | undefined;
}

const DEFAULT_TIMEOUTS: Timeouts = { lockTimeoutMs: 3000, lockRetries: 10 };
const DEFAULT_LOCK_WAIT = 60_000;

/** What `migrate` would do now. Writes nothing. */
export async function plan(
  project: Project,
  options: PlanOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const planOptions = pickPlanOptions(options);
  const folder = readProjectFolder(project, { snapshots: false });
  assertJournal(project, folder);
  return withSession(
    targetOf(project),
    'migrator plan',
    async (session) =>
      (await withCancel(session, options.signal, () => planState(project, folder, session, planOptions))).plan,
  );
}

/**
 * Applies what is pending. Safe to call from many processes at once: one of them works, the others wait for the run lock
 * and then find nothing to do. Resolves when all of it is applied. Throws a `MigratorError` otherwise: `refused`, with its
 * findings, before anything was changed; or the failure of a statement, with `result` telling what was applied.
 *
 * @example
 * await migrate({ database: process.env.DATABASE_URL, migrationsFolder: './drizzle' }, { onEvent: console.log });
 */
export async function migrate(project: Project, options: MigrateOptions = {}): Promise<RunResult> {
  const folder = readProjectFolder(project, { snapshots: false });
  assertJournal(project, folder);
  const target = targetOf(project);
  const tracking = trackingOf(project);
  const planOptions = options.plan?.options ?? pickPlanOptions(options);
  return withSession(target, 'migrator', async (session) => {
    const planNow = async () => {
      const state = await planState(project, folder, session, planOptions);
      if (options.plan) assertSamePlan(options.plan, state.plan);
      refuseOnErrors(state.plan);
      return state;
    };
    const before = await withCancel(session, options.signal, planNow);
    if (before.plan.steps.length === 0) {
      session.leave();
      return nothingToDo(before.plan, options);
    }
    const { server } = before.history;
    if (server.inRecovery || server.readOnly) throw readOnly(before);
    const pooled = session.isPooled(server.backendPid);
    if (!pooled) stayOpen(session, server.version);
    const lock = {
      pooled,
      serverVersion: server.version,
      waitMs: options.lockWaitMs ?? DEFAULT_LOCK_WAIT,
      signal: options.signal,
      onEvent: options.onEvent,
    };
    return withRunLock(target, tracking, lock, (signal) =>
      withCancel(session, signal, async () => {
        const { plan: planned, history } = await planBehind(endOrphans(session, tracking, { signal }), planNow);
        // Another run may have done it all while this one waited.
        if (planned.steps.length === 0) return nothingToDo(planned, options);
        await prepareDatabase(session, tracking, {
          ...history,
          pooled,
          executorName: executorName(tracking, VERSION),
        });
        options.onPlan?.(pooled ? { ...planned, findings: [...planned.findings, behindPooler(planned)] } : planned);
        const emit = options.onEvent ?? (() => {});
        session.onNotice = ({ severity, message }) => emit({ type: 'notice', severity, message });
        const result = await execute(planned, {
          session,
          openMonitor: async () => {
            const monitor = await Session.open(target, { applicationName: 'migrator monitor' });
            if (!pooled) stayOpen(monitor, server.version);
            return monitor;
          },
          names: tracking,
          keys: lockKeys(tracking),
          identity: runIdentity(folder.directory),
          timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
          serverVersion: server.version,
          pooled,
          rowCount: history.rows.length,
          signal,
          emit,
        });
        if (result.failed) throw withResult(result.failed.error, result);
        return result;
      }),
    );
  });
}

/** Reads and plans in the same round trip that asks for orphans, and once more if there were any. */
async function planBehind(orphans: Promise<boolean>, planNow: () => Promise<PlannedState>): Promise<PlannedState> {
  const planned = planNow();
  planned.catch(() => {});
  return (await orphans) ? planNow() : planned;
}

function pickPlanOptions({ atomic, outOfOrder, allowEdited, to, force }: PlanOptions): PlanOptions {
  return {
    ...(atomic && { atomic }),
    ...(outOfOrder && { outOfOrder }),
    ...(allowEdited && { allowEdited }),
    ...(to !== undefined && { to }),
    ...(force !== undefined && { force }),
  };
}

function behindPooler({ steps }: Plan): Finding {
  const alone = steps.find(({ segments }) => segments.some(({ mode }) => mode === 'autocommit'));
  return {
    code: 'behind-pooler',
    severity: alone ? 'warning' : 'info',
    message: `A pooler stands between migrator and the server${alone ? `, and \`${alone.tag}\` runs outside of a transaction` : ''}.`,
    consequence:
      'It works; but time limits of the role cannot be lifted there, and a pooler may end long statements and idle transactions.',
    fix: "Give migrations the server's direct URL, for example in a DATABASE_URL of their own.",
  };
}

function nothingToDo(planned: Plan, options: MigrateOptions): RunResult {
  options.onPlan?.(planned);
  return { direction: planned.direction, done: [], notRun: [], durationMs: 0 };
}

function refuseOnErrors({ findings, steps }: Plan): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new MigratorError('refused', {
    message: `Refused: ${errors.length === 1 ? 'one finding stands' : `${errors.length} findings stand`} in the way.`,
    state:
      steps.length === 0
        ? 'Nothing was changed.'
        : `Nothing was changed; ${steps.length === 1 ? '1 migration is' : `${steps.length} migrations are`} not applied.`,
    fix: errors[0]?.fix ?? '',
    findings,
  });
}

function readOnly({ history: { server }, plan: { steps } }: PlannedState): MigratorError {
  return new MigratorError('read-only-database', {
    message: server.inRecovery
      ? 'The server is a standby: it takes no writes.'
      : 'The session is read-only (`default_transaction_read_only`): it takes no writes.',
    state: `Nothing was changed; ${steps.length} to apply, from \`${steps[0]?.tag}\` on.`,
    fix: server.inRecovery
      ? 'Point the database URL at the primary; with several hosts, add `?target_session_attrs=read-write`.'
      : 'Use a role without `default_transaction_read_only`.',
  });
}

/** The failure as the error to throw, with what the run did before it. */
function withResult(error: Error, result: RunResult): MigratorError {
  const known = error instanceof MigratorError ? error : undefined;
  return new MigratorError(known?.code ?? 'connection-lost', {
    message: error.message,
    ...(known?.where && { where: known.where }),
    ...(known?.detail && { detail: known.detail }),
    state: [known?.state, summary(result)].filter(Boolean).join(' '),
    fix:
      known?.fix ??
      'Run `migrator status` to see what was applied, then `migrator migrate` again: it goes on where it stopped.',
    ...(known?.data && { data: known.data }),
    result,
    cause: known?.cause ?? error,
  });
}

function summary({ done, notRun }: RunResult): string {
  const applied = done.length === 0 ? 'No migration was applied by this run' : `Applied by this run: ${done.length}`;
  return notRun.length === 0 ? `${applied}.` : `${applied}; not run: ${notRun.length}.`;
}
