import type { AppliedRow, MigrationState } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readHistory, readRows } from '../database/history.js';
import { type Parting, partTrackingSql } from '../database/part-tracking.js';
import { describeTarget } from '../database/target.js';
import { DEFAULT_TRACKING, type TrackingNames } from '../database/tracking.js';
import { changeTracking, historyMoved } from '../database/tracking-edits.js';
import { MigratorError } from '../errors/migrator-error.js';
import { hashHistory } from '../plan/compare.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, comparePrecisely, readProjectFolder } from './read-state.js';
import { assertWritable, DEFAULT_TIMEOUTS, type RunOptions, runLocked } from './run.js';

/** What leaves a shared tracking table. Pure data. */
export interface PartPlan {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  readonly from: TrackingNames;
  readonly to: TrackingNames;
  /** Rows of this folder's migrations, in the order of their ids. */
  readonly moves: readonly { readonly id: number; readonly tag: string; readonly state: MigrationState }[];
  /** Rows that stay where they are. */
  readonly stays: readonly AppliedRow[];
  readonly historyHash: string;
}

export interface PartOptions extends RunOptions {
  /** The table that is shared. Default `drizzle.__drizzle_migrations`. */
  readonly from?: TrackingNames | undefined;
}

/**
 * What `part` would move: the rows of the shared table that belong to this folder, to the table that the project is configured
 * with now. Writes nothing. Throws `wrong-usage` where that is the same table, and `refused` where it has rows already.
 */
export async function planPart(project: Project, options: PartOptions = {}): Promise<PartPlan> {
  const [from, to] = [options.from ?? DEFAULT_TRACKING, trackingOf(project)];
  if (from.schema === to.schema && from.table === to.table) {
    throw new MigratorError('wrong-usage', {
      message: `This project is configured to use ${nameOf(from)} itself: there is nowhere to move its rows to.`,
      fix: "First give it a table of its own in drizzle.config.ts: `migrations: { table: '__drizzle_migrations_<name>' }`.",
    });
  }
  const folder = readProjectFolder(project, { snapshots: false });
  assertJournal(project, folder);
  const target = targetOf(project);
  return withSession(target, { applicationName: 'migrator plan', signal: options.signal }, (session) =>
    withCancel(session, options.signal, async () => {
      const [shared, own] = await Promise.all([readHistory(session, from), readRows(session, to)]);
      if (own.rows.length > 0) {
        throw new MigratorError('refused', {
          message: `${nameOf(to)} has rows already: this project has been migrated there since.`,
          state: 'Nothing was changed.',
          fix: `If that is right, nothing is to be moved. If the migrations ran there a second time, look at \`migrator status\`; empty the table, and run this again.`,
        });
      }
      const comparison = await comparePrecisely(folder, shared, session, from);
      const moves = comparison.statuses.flatMap(({ migration, row, state }) =>
        row ? [{ id: row.id, tag: migration.tag, state }] : [],
      );
      return {
        database: describeTarget(target),
        from,
        to,
        moves: moves.sort((a, b) => a.id - b.id),
        stays: comparison.unknown,
        historyHash: comparison.historyHash,
      };
    }),
  );
}

/**
 * Moves what `planPart` has shown, with what the log says of it, in one transaction and under the run locks of both tables. Runs no
 * migration. Throws `history-moved` if either table has changed since, and `lock-timeout`; then nothing was changed.
 */
export async function part(project: Project, plan: PartPlan, options: RunOptions = {}): Promise<void> {
  if (plan.moves.length === 0) return;
  const { from, to } = plan;
  const folder = readProjectFolder(project, { snapshots: false });
  const target = targetOf(project);
  await withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
    const { server } = await withCancel(session, options.signal, () => readRows(session, from));
    assertWritable(server, `${plan.moves.length} to move`);
    const place = { session, target, server, directory: folder.directory };
    await runLocked({ ...place, tracking: from }, options, (outer) =>
      runLocked({ ...place, tracking: to }, { ...options, signal: outer.signal }, async (inner) => {
        const [shared, own] = await outer.planBehind(() =>
          inner.planBehind(() => Promise.all([readRows(session, from), readRows(session, to)])),
        );
        if (hashHistory(shared.rows) !== plan.historyHash || own.rows.length > 0) throw historyMoved();
        const parting: Parting = {
          from,
          to,
          rows: plan.moves.map(({ id }) => id),
          migrations: folder.migrations,
          namesRows: shared.hasNames && (!own.tableExists || own.hasNames),
          missing: { schema: !own.schemaExists, table: !own.tableExists, log: !own.logExists },
          hasLog: shared.logExists,
        };
        await changeTracking(session, from, partTrackingSql(parting), {
          rows: shared.rows,
          serverVersion: server.version,
          lockTimeoutMs: { ...DEFAULT_TIMEOUTS, ...options.timeouts }.lockTimeoutMs,
        });
      }),
    );
  });
}

function nameOf({ schema, table }: TrackingNames): string {
  return `${schema}.${table}`;
}
