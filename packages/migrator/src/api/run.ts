import type { Finding, MigrationEvent, Plan, RunResult } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import type { ServerFacts, TrackingState } from '../database/history.js';
import { runIdentity } from '../database/identity.js';
import { stayOpen } from '../database/limits.js';
import { lockKeys } from '../database/lock.js';
import { endOrphans, executorName } from '../database/orphans.js';
import { executorSettings, prepareDatabase } from '../database/prepare.js';
import { Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { BackfillSettings, ExecuteContext, Timeouts } from '../execute/context.js';
import { execute } from '../execute/execute.js';
import { VERSION } from '../version.js';
import { withRunLock } from './run-lock.js';

/** What every command that changes a database takes. */
export interface RunOptions {
  /** How long to wait while another run holds the lock, in milliseconds. Default 60 000. */
  readonly lockWaitMs?: number | undefined;
  /** Time limits for DDL that queues for a lock. Default: 3 s, 10 retries. */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** What backfills give way to, where it is to differ from the project's. */
  readonly backfill?: Partial<BackfillSettings> | undefined;
  /** Backfills in TypeScript that the caller has imported, by tag; others are loaded from beside their migration. */
  readonly definitions?: Readonly<Record<string, unknown>> | undefined;
  /** Stops the run: the running statement is cancelled in the server and rolled back. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
}

export const DEFAULT_TIMEOUTS: Timeouts = { lockTimeoutMs: 3000, lockRetries: 10 };
export const DEFAULT_BACKFILL: BackfillSettings = {
  targetMs: 250,
  maxLagMs: 10_000,
  maxTransactionMs: 300_000,
  maxPauseMs: 1_800_000,
};
const DEFAULT_LOCK_WAIT = 60_000;

export interface RunPlace {
  readonly session: Session;
  readonly target: ConnectionTarget;
  readonly tracking: TrackingNames;
  readonly server: ServerFacts;
  /** The migrations folder; who runs it is told from the git commit there. */
  readonly directory: string;
  /** What the project says of backfills. */
  readonly backfill?: Partial<BackfillSettings> | undefined;
}

/** A run that holds the lock. */
export interface LockedRun {
  readonly pooled: boolean;
  /** Aborted when the run must stop. */
  readonly signal: AbortSignal;
  /** Reads and plans anew, when no session of an earlier run works any more. */
  planBehind<T>(planNow: () => Promise<T>): Promise<T>;
  /**
   * Runs a plan that was made behind the lock; `onReady` is called when it may begin, and `gate` right before each contract
   * migration, which does not run if it throws. Throws what failed, with `result`.
   */
  execute(planned: Plan, history: TrackingState, hooks?: RunHooks): Promise<RunResult>;
}

export interface RunHooks {
  readonly onReady?: (() => void) | undefined;
  readonly gate?: ExecuteContext['gate'] | undefined;
  /** As `PlanOptions` has it. */
  readonly allowEdited?: boolean | undefined;
}

/** Takes the run lock, and holds it for the length of `use`. */
export async function runLocked<T>(
  { session, target, tracking, server, directory, backfill }: RunPlace,
  options: RunOptions,
  use: (run: LockedRun) => Promise<T>,
): Promise<T> {
  const pooled = session.isPooled(server.backendPid);
  if (!pooled) stayOpen(session, server.version);
  // A listener that fails stops the run in order, as its caller would.
  const listener = new AbortController();
  const emit = (event: MigrationEvent) => {
    if (listener.signal.aborted) return;
    try {
      const returned: unknown = options.onEvent?.(event);
      if (returned instanceof Promise) returned.catch((error: unknown) => listener.abort(error));
    } catch (error) {
      listener.abort(error);
    }
  };
  const lock = {
    pooled,
    serverVersion: server.version,
    waitMs: options.lockWaitMs ?? DEFAULT_LOCK_WAIT,
    signal: options.signal ? AbortSignal.any([options.signal, listener.signal]) : listener.signal,
    onEvent: emit,
  };
  return withRunLock(target, tracking, lock, (signal) =>
    endingBefore(session, signal, () =>
      use({
        pooled,
        signal,
        planBehind: (planNow) => planBehind(endOrphans(session, tracking, { signal }), planNow),
        execute: async (planned, history, { onReady, gate, allowEdited = false } = {}) => {
          const settings = executorSettings(executorName(tracking, VERSION), server.version, pooled);
          const namesRows = planned.steps.some(({ name }) => name !== undefined);
          const backfills = planned.steps.some(({ backfill }) => backfill !== undefined);
          await prepareDatabase(session, tracking, { ...history, settings, namesRows, backfills });
          onReady?.();
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
            identity: runIdentity(directory),
            timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
            backfill: { ...DEFAULT_BACKFILL, ...backfill, ...options.backfill },
            openBackfill: async (path) =>
              (await import('../backfill/open.js')).openBackfill(
                path,
                options.definitions?.[planned.steps.find(({ backfill: one }) => one?.module === path)?.tag ?? ''],
              ),
            serverVersion: server.version,
            settings,
            pooled,
            rowCount: history.rows.length,
            signal,
            emit,
            allowEdited,
            ...(gate && { gate }),
          });
          if (result.failed) throw withResult(result.failed.error, result);
          return result;
        },
      }),
    ),
  );
}

/** Whatever ends the run, nothing of it may go on when the lock is let go. */
async function endingBefore<T>(session: Session, signal: AbortSignal, use: () => Promise<T>): Promise<T> {
  try {
    return await withCancel(session, signal, use);
  } catch (error) {
    if (!(error instanceof MigratorError)) {
      await session.cancel();
      await session.close();
    }
    throw error;
  }
}

/** Reads and plans in the same round trip that asks for orphans, and once more if there were any. */
async function planBehind<T>(orphans: Promise<boolean>, planNow: () => Promise<T>): Promise<T> {
  const planned = planNow();
  planned.catch(() => {});
  return (await orphans) ? planNow() : planned;
}

/** The plan of a run, with a word about the pooler that it goes through. */
export function withPooler(plan: Plan, { pooled }: Pick<LockedRun, 'pooled'>): Plan {
  return pooled ? { ...plan, findings: [...plan.findings, behindPooler(plan)] } : plan;
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

/** Throws `refused` if a finding has the severity `error`. */
export function refuseOnErrors({ findings, steps, direction }: Pick<Plan, 'findings' | 'steps' | 'direction'>): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new MigratorError('refused', {
    message: `Refused: ${errors.length === 1 ? 'one finding stands' : `${errors.length} findings stand`} in the way.`,
    state:
      steps.length === 0 || direction === 'down'
        ? 'Nothing was changed.'
        : `Nothing was changed; ${steps.length === 1 ? '1 migration is' : `${steps.length} migrations are`} not applied.`,
    fix: errors[0]?.fix ?? '',
    findings,
  });
}

/** Throws `read-only-database` where nothing can be written. `waiting` says what there is to do. */
export function assertWritable({ inRecovery, readOnly }: ServerFacts, waiting: string): void {
  if (!inRecovery && !readOnly) return;
  throw new MigratorError('read-only-database', {
    message: inRecovery
      ? 'The server is a standby: it takes no writes.'
      : 'The session is read-only (`default_transaction_read_only`): it takes no writes.',
    state: `Nothing was changed; ${waiting}.`,
    fix: inRecovery
      ? 'Point the database URL at the primary; with several hosts, add `?target_session_attrs=read-write`.'
      : 'Use a role without `default_transaction_read_only`.',
  });
}

/** The failure as the error to throw, with what the run did before it. */
function withResult(error: Error, result: RunResult): MigratorError {
  const known = error instanceof MigratorError ? error : undefined;
  const command = result.direction === 'up' ? 'migrator migrate' : 'migrator rollback';
  return new MigratorError(known?.code ?? 'connection-lost', {
    message: error.message,
    ...(known?.where && { where: known.where }),
    ...(known?.detail && { detail: known.detail }),
    state: [known?.state, summary(result)].filter(Boolean).join(' '),
    fix:
      known?.fix ??
      `Run \`migrator status\` to see what was applied, then \`${command}\` again: it goes on where it stopped.`,
    ...(known?.data && { data: known.data }),
    ...(known?.findings && { findings: known.findings }),
    result,
    cause: known?.cause ?? error,
  });
}

function summary({ direction, done, notRun }: RunResult): string {
  const what = direction === 'up' ? 'applied' : 'rolled back';
  const text =
    done.length === 0
      ? `No migration was ${what} by this run`
      : `${direction === 'up' ? 'Applied' : 'Rolled back'} by this run: ${done.length}`;
  return notRun.length === 0 ? `${text}.` : `${text}; not run: ${notRun.length}.`;
}
