import { folderTime } from '../core/folder-names.js';
import { withCancel } from '../database/abort.js';
import { readRows } from '../database/history.js';
import { runIdentity } from '../database/identity.js';
import { executorName } from '../database/orphans.js';
import { executorSettings, prepareDatabase } from '../database/prepare.js';
import { applyTrackingEdits, historyMoved, type TrackingEdit } from '../database/tracking-edits.js';
import { hashHistory } from '../plan/compare.js';
import { VERSION } from '../version.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertWritable, DEFAULT_TIMEOUTS, type RunOptions, runLocked } from './run.js';

export interface EditTrackingOptions extends RunOptions {
  /** `historyHash` of the comparison that the edits were decided upon. */
  readonly historyHash: string;
}

/**
 * Makes the tracking table say what was decided, behind the run lock and in one transaction; no SQL of a migration runs. Throws
 * `history-moved` if the rows have changed since, and what every run may throw; then nothing was changed.
 */
export async function editTracking(
  project: Project,
  edits: readonly TrackingEdit[],
  options: EditTrackingOptions,
): Promise<void> {
  if (edits.length === 0) return;
  const [target, tracking, directory] = [targetOf(project), trackingOf(project), project.migrationsFolder];
  await withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
    const { server } = await withCancel(session, options.signal, () => readRows(session, tracking));
    assertWritable(server, `${edits.length} to change in the tracking table`);
    await runLocked({ session, target, tracking, server, directory }, options, async ({ planBehind, pooled }) => {
      const state = await planBehind(() => readRows(session, tracking));
      if (hashHistory(state.rows) !== options.historyHash) throw historyMoved();
      const settings = executorSettings(executorName(tracking, VERSION), server.version, pooled);
      const namesRows = state.tableExists ? state.hasNames : edits.every(({ tag, when }) => folderTime(tag) === when);
      await prepareDatabase(session, tracking, { ...state, settings, namesRows });
      await applyTrackingEdits(session, tracking, edits, {
        rows: state.rows,
        identity: runIdentity(directory),
        serverVersion: server.version,
        hasNames: namesRows,
        lockTimeoutMs: { ...DEFAULT_TIMEOUTS, ...options.timeouts }.lockTimeoutMs,
      });
    });
  });
}
