import type { Finding, Plan, RunResult } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readHistory } from '../database/history.js';
import type { Session } from '../database/session.js';
import type { TrackingEdit } from '../database/tracking-edits.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { hashHistory } from '../plan/compare.js';
import { planUp } from '../plan/plan.js';
import { assertSamePlan } from '../plan/saved-plan.js';
import { decideSwitch } from '../plan/switch.js';
import { editTracking } from './edit-tracking.js';
import { withDowns } from './migrate.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { type PlannedRollback, type RollbackPreview, rollbackState } from './read-rollback.js';
import { assertJournal, comparePrecisely, readProjectFolder } from './read-state.js';
import { assertWritable, type RunOptions, refuseOnErrors, runLocked } from './run.js';

export interface SwitchOptions extends RunOptions {
  /** What was shown and confirmed. Throws `history-moved` if it would come out differently now. */
  readonly preview?: SwitchPreview | undefined;
  /** The database is on another machine, and nobody else's. Default: that is refused. */
  readonly remote?: boolean | undefined;
}

/** What `switchDatabase` would do now. */
export interface SwitchPreview {
  /** What is undone, with the data that would be lost. */
  readonly down: RollbackPreview;
  /** What is applied then. */
  readonly up: Plan;
  /** Rows that get the stamp of the checkout, because `rebase` has moved their migrations. */
  readonly restamps: readonly TrackingEdit[];
  /** What stands in the way, and what is to be known. */
  readonly findings: readonly Finding[];
}

export interface SwitchResult {
  readonly down: RunResult;
  readonly up: RunResult;
  readonly restamped: number;
}

interface SwitchState extends SwitchPreview {
  readonly planned: PlannedRollback;
}

/** Reads and plans. Writes nothing. */
export async function planSwitch(
  project: Project,
  options: Pick<SwitchOptions, 'signal'> = {},
): Promise<SwitchPreview> {
  const folder = readCheckout(project);
  const { signal } = options;
  return withSession(targetOf(project), { applicationName: 'migrator plan', signal }, (session) =>
    withCancel(session, signal, async () => {
      const { planned: _, ...preview } = await switchState(project, folder, session, { count: true, signal });
      return preview;
    }),
  );
}

/**
 * Brings a development database to what is checked out: undoes, by the SQL that the log kept, what the checkout does not have, and
 * applies what it has besides, under one lock. Throws `refused` where there is no way back, before anything was changed; and what
 * `rollback` and `migrate` throw.
 */
export async function switchDatabase(project: Project, options: SwitchOptions = {}): Promise<SwitchResult> {
  const folder = readCheckout(project);
  const [target, tracking] = [targetOf(project), trackingOf(project)];
  // What was found by counting is found only once.
  if (options.preview) refuse(options.preview.findings);
  if (!options.remote) assertLocal(target.hosts.map(({ host }) => host));
  const { signal } = options;
  return withSession(target, { applicationName: 'migrator', signal }, async (session) => {
    const planNow = async () => {
      const state = await switchState(project, folder, session, { count: false, signal });
      refuse(state.findings);
      if (options.preview) {
        assertSamePlan(options.preview.down.plan, state.down.plan);
        assertSamePlan(options.preview.up, state.up);
      }
      return state;
    };
    const before = await withCancel(session, signal, planNow);
    const { server } = before.planned.history;
    const work = before.down.plan.steps.length + before.up.steps.length;
    const runs = { down: nothing('down'), up: nothing('up') };
    if (work + before.restamps.length > 0) assertWritable(server, `${work} to undo or to apply`);
    if (work > 0)
      await runLocked(
        { session, target, tracking, server, directory: folder.directory, backfill: project.backfill },
        options,
        async (run) => {
          const state = await run.planBehind(planNow);
          assertSamePlan(before.down.plan, state.down.plan);
          assertSamePlan(before.up, state.up);
          if (state.down.plan.steps.length > 0) runs.down = await run.execute(state.down.plan, state.planned.history);
          try {
            const { up, planned } = await switchState(project, folder, session, { count: false, signal });
            refuseOnErrors(up);
            if (up.steps.length > 0) runs.up = await run.execute(withDowns(up, folder), planned.history);
          } catch (error) {
            throw withRolledBack(error, runs.down);
          }
        },
      );
    return { ...runs, restamped: await restamp(project, before.restamps, options) };
  });
}

/** Behind the rest, with a lock of its own: what is left when it fails is told by `status`, and mended by the next run. */
async function restamp(project: Project, edits: readonly TrackingEdit[], options: SwitchOptions): Promise<number> {
  if (edits.length === 0) return 0;
  const { rows } = await withSession(
    targetOf(project),
    { applicationName: 'migrator', signal: options.signal },
    (session) => readHistory(session, trackingOf(project)),
  );
  await editTracking(project, edits, { ...options, historyHash: hashHistory(rows) });
  return edits.length;
}

function readCheckout(project: Project): MigrationsFolder {
  const folder = readProjectFolder(project, { snapshots: false, downs: true });
  assertJournal(project, folder);
  return folder;
}

async function switchState(
  project: Project,
  folder: MigrationsFolder,
  session: Session,
  counting: { readonly count: boolean; readonly signal: AbortSignal | undefined },
): Promise<SwitchState> {
  const tracking = trackingOf(project);
  const history = await readHistory(session, tracking);
  const { undo, restamp: moved } = decideSwitch(
    await comparePrecisely(folder, history, session, tracking),
    history.rows,
  );
  const planned = await rollbackState(project, folder, session, { steps: undo.length }, counting);
  const gone = new Set(undo.map(({ id }) => id));
  const rest = { ...history, rows: history.rows.filter(({ id }) => !gone.has(id)) };
  const comparison = await comparePrecisely(folder, rest, session, tracking);
  // What stays applied was applied without it, in this order or another: `rebase` proves that it does not matter.
  const up = planUp(comparison, folder.findings, { outOfOrder: true }, history.server.version);
  const { plan, losses, uncounted } = planned;
  const told = up.findings.filter(({ code }) => code !== 'restamped-migration' && code !== 'out-of-order');
  return {
    planned,
    down: { plan, losses, uncounted },
    up,
    restamps: moved.map(({ row, status: { migration } }) => ({
      action: 'restamp',
      id: row.id,
      tag: migration.tag,
      hash: row.hash,
      when: migration.when,
      reason: 'its migration was stamped anew',
    })),
    findings: [...plan.findings.map(withWayOut), ...told],
  };
}

const NO_WAY_BACK: readonly Finding['code'][] = ['irreversible', 'down-missing', 'down-empty', 'purged'];

/** What was done before it failed is not undone: the next run goes on from there. */
function withRolledBack(error: unknown, { done }: RunResult): unknown {
  if (!(error instanceof MigratorError) || done.length === 0) return error;
  return error.withState(`Rolled back before it: ${done.map(({ tag }) => `\`${tag}\``).join(', ')}.`);
}

/** A development database may also be made anew. */
function withWayOut(finding: Finding): Finding {
  if (!NO_WAY_BACK.includes(finding.code)) return finding;
  return {
    ...finding,
    fix: `${finding.fix} Or begin anew, without the data: \`migrator db reset\` (the embedded database), then \`migrator migrate\`.`,
  };
}

function refuse(findings: readonly Finding[]): void {
  const [first] = findings.filter(({ severity }) => severity === 'error');
  if (!first) return;
  throw new MigratorError('refused', {
    message: 'The database cannot be brought to what is checked out.',
    state: 'Nothing was changed.',
    fix: first.fix,
    findings,
  });
}

/** What undoes migrations by itself, in a hook, must not reach what others use. */
function assertLocal(hosts: readonly string[]): void {
  const far = hosts.find((host) => !/^(?:localhost|127(?:\.\d+){3}|\[?::1\]?|\/.*)$/.test(host));
  if (far === undefined) return;
  throw new MigratorError('refused', {
    message: `The database is on another machine, ${far}: \`switch\` is for a development database of your own.`,
    state: 'Nothing was changed.',
    fix: 'Check DATABASE_URL. If nobody else uses it, pass `--remote`; to undo migrations elsewhere, use `migrator rollback`.',
  });
}

function nothing(direction: 'up' | 'down'): RunResult {
  return { direction, done: [], notRun: [], durationMs: 0 };
}
