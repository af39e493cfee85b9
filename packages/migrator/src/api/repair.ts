import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Comparison, Finding, History } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readAppliedSql, readHistory } from '../database/history.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { finishLeftEdits, withEdits } from '../folder/edits.js';
import { migrationFolders } from '../folder/folders-layout.js';
import { hasMergeMarks, type LooseJournal, parseLoosely } from '../folder/loose-journal.js';
import { readDown } from '../folder/read-folder.js';
import { type FolderScan, scanFolder } from '../folder/scan-folder.js';
import { stateOf } from '../folder/staging.js';
import type { GenerateProject } from '../generate/generate.js';
import { compare } from '../plan/compare.js';
import { historyFindings } from '../plan/history-findings.js';
import { checkChoices } from '../repair/choices.js';
import { type FolderRepair, folderAsItIs, planFolder } from '../repair/plan-folder.js';
import { planRows, rowsAfter } from '../repair/plan-rows.js';
import type { FolderFacts, RepairChoices, RepairPlan, RepairStep } from '../repair/types.js';
import { loadParser } from '../sql/parse.js';
import { editTracking } from './edit-tracking.js';
import { foreseeRun } from './foresee.js';
import { formerTexts, stampsAtHead } from './git-history.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { comparePrecisely, readProjectFolder } from './read-state.js';
import { withNewestSnapshot } from './repair-snapshot.js';
import type { RunOptions } from './run.js';

export type { RepairChoices, RepairStep };

export interface RepairOptions extends RepairChoices {
  /** What to repair: the files, the tracking rows, or both. Without the database none is connected to. Default: both. */
  readonly parts?: 'folder' | 'database' | 'both' | undefined;
  /** Where schema and drizzle-kit lie: with it the newest snapshot is made anew where it is lost. */
  readonly generate?: GenerateProject | undefined;
  /** Server for scratch databases. Default: a temporary embedded one. */
  readonly scratchUrl?: string | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A repair that was planned: to be shown, and done by `applyRepair`. */
export interface PlannedRepair extends RepairPlan {
  /** Digest of the rows that it was planned upon; undefined where no database was asked. */
  readonly historyHash: string | undefined;
  /** The files as they were when it was planned. */
  readonly folderState: string;
}

/**
 * Proposes what would mend a folder and the tracking rows of a database, all of it in one plan. Writes nothing. What cannot be
 * decided stays a finding that names the choices. Throws `journal-malformed` for a journal with the marks of a merge.
 */
export async function planRepair(project: Project, options: RepairOptions = {}): Promise<PlannedRepair> {
  const { parts = 'both', signal } = options;
  const directory = resolve(project.migrationsFolder);
  finishLeftEdits(directory);
  const folderState = stateOf(directory);
  if (parts === 'folder') {
    const facts = readFacts(project, undefined);
    const folder = newLayout(project) ?? (await completed(facts, options));
    checkChoices(options, folder.migrations, facts);
    return { ...folderPart(folder), trackingEdits: [], findings: folder.findings, historyHash: undefined, folderState };
  }
  return withSession(targetOf(project), { applicationName: 'migrator repair', signal }, (session) =>
    withCancel(session, signal, async () => ({ ...(await planBoth(project, session, options)), folderState })),
  );
}

async function planBoth(
  project: Project,
  session: Session,
  options: RepairOptions,
): Promise<Omit<PlannedRepair, 'folderState'>> {
  const tracking = trackingOf(project);
  const [history] = await Promise.all([readHistory(session, tracking), loadParser()]);
  const kept = await readAppliedSql(
    session,
    tracking,
    history.rows.map(({ hash }) => hash),
  );
  const facts = readFacts(project, { history, kept });
  const folder =
    newLayout(project) ?? (options.parts === 'database' ? folderAsItIs(facts) : await completed(facts, options));
  const migrations = folder.migrations.map((migration) => {
    const down = readDown(resolve(project.migrationsFolder), migration);
    return down ? { ...migration, down } : migration;
  });
  const comparison = await comparePrecisely({ migrations }, history, session, tracking);
  checkChoices(options, migrations, facts, comparison);
  const adopted = new Set(
    folder.steps.flatMap(({ code, tag }) => (code === 'orphan-file' && tag !== undefined ? [tag] : [])),
  );
  const rows = planRows(comparison, options, adopted);
  const after = afterwards(history, comparison, rows.edits, migrations);
  const foreseen = await foreseeRun(session, { log: after.log }, after.statuses);
  return {
    steps: [...folder.steps, ...rows.steps],
    fileEdits: folder.edits,
    trackingEdits: rows.edits,
    findings: [...after.findings, ...foreseen, ...folder.findings],
    historyHash: comparison.historyHash,
  };
}

/**
 * Does what was planned: files and rows together or not at all. Waits for others who change the folder or hold the run lock. Throws
 * `history-moved` if files or rows have changed since.
 */
export async function applyRepair(
  project: Project,
  plan: PlannedRepair,
  options: Pick<RunOptions, 'lockWaitMs' | 'timeouts' | 'signal' | 'onEvent'> = {},
): Promise<void> {
  const directory = resolve(project.migrationsFolder);
  const assertUnmoved = () => {
    if (stateOf(directory) !== plan.folderState) throw folderMoved(directory);
  };
  const work = async () => {
    if (plan.trackingEdits.length === 0 || plan.historyHash === undefined) return;
    await editTracking(project, plan.trackingEdits, { ...options, historyHash: plan.historyHash });
  };
  const { lockWaitMs: waitMs } = options;
  await withEdits(directory, plan.fileEdits, work, { assertUnmoved, ...(waitMs !== undefined && { waitMs }) });
}

function folderMoved(directory: string): MigratorError {
  return new MigratorError('history-moved', {
    message: 'The migrations folder has changed since the repair was planned.',
    where: directory,
    state: 'Nothing was changed.',
    fix: 'Run `migrator repair` again.',
  });
}

async function completed(facts: FolderFacts, options: RepairOptions): Promise<FolderRepair> {
  const folder = planFolder(facts, options);
  const { generate, scratchUrl: url, signal, onProgress, rebuildSnapshot: wanted = [] } = options;
  return generate ? withNewestSnapshot(folder, facts, generate, { url, signal, onProgress, wanted }) : folder;
}

/** A folder of drizzle 1.0 has no journal that could be wrong; what is wrong with its files is told, and left. */
function newLayout(project: Project): FolderRepair | undefined {
  const directory = resolve(project.migrationsFolder);
  if (!existsSync(directory) || migrationFolders(directory, readdirSync(directory)).length === 0) return undefined;
  const { migrations, findings } = readProjectFolder(project, { snapshots: true });
  return { steps: [], edits: [], migrations, heads: [], findings };
}

function folderPart({ steps, edits }: FolderRepair): Pick<RepairPlan, 'steps' | 'fileEdits'> {
  return { steps, fileEdits: edits };
}

/** How migrations and rows will stand to each other, and what there will be to say about the rows. */
function afterwards(
  history: History,
  { statuses }: Comparison,
  edits: PlannedRepair['trackingEdits'],
  migrations: Comparison['statuses'][number]['migration'][],
): Pick<Comparison, 'statuses'> & { readonly findings: Finding[]; readonly log: History['log'] } {
  const settled = new Set(edits.map(({ tag, when }) => `${tag} ${when}`));
  const log = history.log.filter(({ tag, when }) => !settled.has(`${tag} ${when}`));
  const next = compare(migrations, { ...history, rows: rowsAfter(history.rows, edits), log });
  const kinds = new Map(statuses.map(({ migration, edit }) => [migration.tag, edit]));
  const precise = next.statuses.map((status) => {
    const edit = status.edit === 'unknown' ? kinds.get(status.migration.tag) : undefined;
    return edit ? { ...status, edit } : status;
  });
  const findings = historyFindings({ ...next, statuses: precise }, { outOfOrder: false, allowEdited: false });
  return { statuses: precise, findings, log };
}

function readFacts(
  project: Project,
  database: { readonly history: History; readonly kept: ReadonlyMap<string, string> } | undefined,
): FolderFacts {
  const directory = resolve(project.migrationsFolder);
  const prefix = relative(project.relativeTo ?? process.cwd(), directory);
  const shown = (path: string) => (prefix === '' ? path : `${prefix}${sep}${path}`);
  const scan = scanFolder(directory);
  const journal = readJournal(scan, shown('meta/_journal.json'));
  const tags = new Set(scan.files.map(({ tag }) => tag));
  const gone = (journal?.entries ?? []).flatMap(({ tag }) => (typeof tag === 'string' && !tags.has(tag) ? [tag] : []));
  const inGit = new Map(
    gone.flatMap((tag) => {
      const texts = formerTexts(directory, `${tag}.sql`);
      return texts.length === 0 ? [] : [[tag, texts] as const];
    }),
  );
  const isLacking = !journal || journal.isPartial;
  return {
    journal,
    files: scan.files,
    heads: scan.heads,
    snapshotText: (file) => readFileSync(join(directory, 'meta', file), 'utf8'),
    rows: database?.history.rows,
    kept: database?.kept ?? new Map(),
    inGit,
    stampsInGit: isLacking && existsSync(directory) ? stampsAtHead(directory) : new Map(),
    shown,
    now: Date.now(),
  };
}

function readJournal({ journalText }: FolderScan, file: string): LooseJournal | undefined {
  if (journalText === undefined) return undefined;
  if (hasMergeMarks(journalText)) {
    throw new MigratorError('journal-malformed', {
      message: 'The journal holds the marks of an unresolved merge.',
      where: file,
      state: 'Nothing was changed.',
      fix: 'Run `migrator rebase`: it resolves the merge and puts your migrations on top of the others.',
    });
  }
  return parseLoosely(journalText);
}
