import { comparedCatalog, type LeftOutOptions } from '../baseline/left-out.js';
import { lastApplied, marksUpTo, squashMarks, unmarked } from '../baseline/marks.js';
import { differs, doesNotRun } from '../baseline/refusals.js';
import { standInRoles } from '../baseline/stand-ins.js';
import { bestState, type ComparedState, compareStates, invisible, type States } from '../baseline/states.js';
import { type CatalogDifference, readCatalog } from '../catalog/index.js';
import type { Comparison, Finding } from '../core/types.js';
import { withCancel } from '../database/abort.js';
import { readHistory, type TrackingState } from '../database/history.js';
import type { Session } from '../database/session.js';
import { describeTarget } from '../database/target.js';
import type { TrackingEdit } from '../database/tracking-edits.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { compare } from '../plan/compare.js';
import { historyFindings } from '../plan/history-findings.js';
import { rowsAfter } from '../repair/plan-rows.js';
import { withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { editTracking } from './edit-tracking.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { assertJournal, assertTag, comparePrecisely, readProjectFolder } from './read-state.js';
import { type RunOptions, refuseOnErrors } from './run.js';

export interface BaselineOptions {
  /** Last migration that the database has. Default: found by comparing it with every state of the history. */
  readonly to?: string | undefined;
  /** Mark although the database is not what the migrations make, or although they do not run. Only with `to`. */
  readonly acceptDifferences?: boolean | undefined;
  /** Schemas (`audit_*`) or objects (`table:public.tmp_*`) that are not of this history, besides those of the config. */
  readonly ignore?: readonly string[] | undefined;
  /** A server to make scratch databases on. Default: an embedded one, gone afterwards. */
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** What `baseline` would mark as applied. Plain data. */
export interface BaselinePlan {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  /** Last migration that the database has; undefined where it has none of them. */
  readonly tag: string | undefined;
  /** `equal`: proven by catalog. `accepted`: it differs, and that was accepted. `none`: nothing was to be proven. */
  readonly proof: 'equal' | 'accepted' | 'none';
  /** Those that were accepted. */
  readonly differences: readonly CatalogDifference[];
  /** Extensions of the database that no migration makes: they are left out of the comparison. */
  readonly extensions: readonly string[];
  readonly edits: readonly TrackingEdit[];
  /** What there will be to say about rows and files afterwards. */
  readonly findings: readonly Finding[];
  /** Tags that are to be applied afterwards. */
  readonly pending: readonly string[];
  readonly historyHash: string;
}

interface Known {
  readonly project: Project;
  readonly folder: MigrationsFolder;
  readonly session: Session;
  readonly history: TrackingState & Parameters<typeof compare>[1];
  readonly comparison: Comparison;
}

/**
 * Finds out which migrations a database has that no tracking row tells of, by running the history on scratch and comparing
 * catalogs. Writes nothing, and runs no migration on the database. Throws `baseline-differs`, with every difference, where the
 * database is not what the migrations make; `refused` where they do not run.
 */
export async function planBaseline(project: Project, options: BaselineOptions = {}): Promise<BaselinePlan> {
  const folder = readProjectFolder(project, { snapshots: false, downs: true });
  assertJournal(project, folder);
  assertTag(folder, options.to);
  const [target, tracking, { signal }] = [targetOf(project), trackingOf(project), options];
  return withSession(target, { applicationName: 'migrator baseline', signal }, (session) =>
    withCancel(session, signal, async () => {
      const [history] = await Promise.all([readHistory(session, tracking), loadParser()]);
      const comparison = await comparePrecisely(folder, history, session, tracking);
      const known = { project, folder, session, history, comparison };
      return { database: describeTarget(target), ...(await planFor(known, options)) };
    }),
  );
}

/** Writes the rows that were planned. Throws `history-moved` if the rows have changed since, and what every run may throw. */
export async function applyBaseline(
  project: Project,
  { edits, historyHash }: BaselinePlan,
  options: RunOptions = {},
): Promise<void> {
  await editTracking(project, edits, { ...options, historyHash });
}

async function planFor(known: Known, options: BaselineOptions): Promise<Omit<BaselinePlan, 'database'>> {
  const { folder, comparison } = known;
  const last = folder.migrations.length - 1;
  const wanted = options.to === undefined ? last : folder.migrations.findLastIndex(({ tag }) => tag === options.to);
  refuseOnFiles(known, wanted);
  const replaced = squashMarks(comparison, wanted);
  if (unmarked(comparison, wanted).length === 0) return nothing(known, replaced);
  const asked = options.to !== undefined;
  const from = lastApplied(comparison);
  const { states, servers } = await replay(known, { asked, from, to: wanted }, options);
  const chosen = bestState(states.compared);
  const accepted = options.acceptDifferences === true && asked;
  if (states.failed && !accepted && chosen?.differences.length !== 0)
    throw doesNotRun(states.failed.tag, states.failed.error);
  if (chosen && chosen.differences.length > 0 && !accepted)
    throw differs(options.to ?? chosen.tag, chosen.differences, { asked, servers });
  const position = asked ? wanted : (chosen?.position ?? -1);
  const { tag } = folder.migrations[position] ?? {};
  const reason = accepted ? acceptedReason(chosen, states, tag) : equalReason(tag);
  const edits = [...replaced, ...marksUpTo(comparison, position, reason)];
  const unsure = chosen && !asked ? invisible(states.compared, chosen) : [];
  const isEqual = chosen?.differences.length === 0;
  return {
    ...afterwards(known, edits, unsure),
    tag,
    proof: isEqual ? 'equal' : 'accepted',
    differences: chosen?.differences ?? [],
    extensions: chosen?.extensions ?? [],
    edits,
    historyHash: comparison.historyHash,
  };
}

/** A file that is missing, or no text, has no hash that a row could have. */
function refuseOnFiles({ folder, comparison }: Known, upTo: number): void {
  const about = new Set(folder.migrations.slice(0, upTo + 1).map(({ tag }) => tag));
  const open = new Set(comparison.statuses.flatMap(({ row, migration }) => (row ? [] : [migration.tag])));
  refuseOnErrors({
    findings: folder.findings.filter(
      ({ tag, severity }) => severity === 'error' && (tag === undefined || (about.has(tag) && open.has(tag))),
    ),
    steps: [],
    direction: 'up',
  });
}

function nothing({ folder, comparison }: Known, edits: readonly TrackingEdit[]): Omit<BaselinePlan, 'database'> {
  return {
    tag: folder.migrations[lastApplied(comparison)]?.tag,
    proof: 'none',
    differences: [],
    extensions: [],
    edits,
    findings: [],
    pending: comparison.statuses.flatMap(({ row, migration }) => (row ? [] : [migration.tag])),
    historyHash: comparison.historyHash,
  };
}

/** Runs what the database is said to have, up to each candidate; what comes later and has a row is part of it all. */
async function replay(
  { project, folder, session, history, comparison }: Known,
  { asked, from, to }: { readonly asked: boolean; readonly from: number; readonly to: number },
  { ignore = [], scratchUrl, signal, onProgress }: BaselineOptions,
) {
  const catalog = comparedCatalog({
    tracking: trackingOf(project),
    trashSchema: project.trashSchema,
    ignore: [...(project.ignore ?? []), ...ignore],
  } satisfies LeftOutOptions);
  const migrations = folder.migrations.flatMap(({ tag, path, file }, position) =>
    file && (position <= to || comparison.statuses[position]?.row) ? [{ tag, path, sql: file.sql, position }] : [],
  );
  const candidates = asked
    ? migrations.slice(-1).map(({ position }) => position)
    : [...(from < 0 ? [-1] : []), ...migrations.map(({ position }) => position).filter((position) => position >= from)];
  return withScratch({ url: scratchUrl, signal, onProgress }, async (scratch) => {
    const database = await scratch.create();
    if (scratchUrl === undefined) await standInRoles(session, database.session);
    onProgress?.(`Running ${migrations.length} migration${migrations.length === 1 ? '' : 's'} on a scratch database.`);
    const states = await compareStates(database, {
      migrations,
      candidates: new Set(candidates),
      catalog,
      readLive: (roles) => readCatalog(session, { ...catalog, roles }),
    });
    return { states, servers: { live: history.server.version, scratch: scratch.serverVersion } };
  });
}

function equalReason(tag: string | undefined): string {
  return `baseline: the database equals the state after ${tag}`;
}

/** What was known and accepted is named in the log. */
function acceptedReason(chosen: ComparedState | undefined, { failed }: States, tag: string | undefined): string {
  if (failed) return `baseline, although ${failed.tag} does not run on a new database`;
  if (!chosen || chosen.differences.length === 0) return equalReason(tag);
  const names = chosen.differences.slice(0, 20).map(({ key }) => key);
  const more = chosen.differences.length > names.length ? ', …' : '';
  return `baseline, although the database differs: ${names.join(', ')}${more}`;
}

function afterwards(
  { folder, history }: Known,
  edits: readonly TrackingEdit[],
  unsure: readonly string[],
): Pick<BaselinePlan, 'findings' | 'pending'> {
  const marked = new Set(edits.map(({ tag, when }) => `${tag} ${when}`));
  const log = history.log.filter(({ tag, when }) => !marked.has(`${tag} ${when}`));
  const next = compare(folder.migrations, { ...history, rows: rowsAfter(history.rows, edits), log });
  const guessed = edits.filter(({ tag }) => unsure.includes(tag));
  return {
    findings: [
      ...guessed.map(({ tag }) => unseen(tag, folder)),
      ...historyFindings(next, { outOfOrder: false, allowEdited: false }),
    ],
    pending: next.statuses.flatMap(({ row, migration }) => (row ? [] : [migration.tag])),
  };
}

/** The database looks the same with and without it. */
function unseen(tag: string, { migrations }: MigrationsFolder): Finding {
  const at = migrations.findIndex((migration) => migration.tag === tag);
  return {
    code: 'baseline-unseen',
    severity: 'warning',
    tag,
    at: { file: migrations[at]?.path ?? tag },
    message: `\`${tag}\` changes nothing that can be seen in the schema: whether the database has it is a guess.`,
    consequence: 'If it changes rows and was never run here, they stay as they are.',
    fix: `If it was not run, stop before it: \`migrator baseline --to ${migrations[at - 1]?.tag ?? ''}\`; then \`migrator migrate\` runs it.`,
  };
}
