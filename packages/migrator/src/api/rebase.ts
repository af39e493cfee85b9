import { randomUUID } from 'node:crypto';
import { join, relative } from 'node:path';
import type { Finding } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { applyEdits, type FileEdit, finishLeftEdits, JOURNAL_PATH } from '../folder/edits.js';
import { assertJournalLayout } from '../folder/journal-layout.js';
import type { GenerateProject } from '../generate/generate.js';
import { gitAt } from '../git/git.js';
import { splitMarks } from '../git/marks.js';
import { diskTree, type Tree } from '../git/trees.js';
import { branch, findBranches } from '../rebase/branches.js';
import { type DraftOptions, draftRebase, type EnumOrders, type RebaseDraft } from '../rebase/draft.js';
import { editsFor } from '../rebase/edits.js';
import { explainConflict } from '../rebase/explain.js';
import { findFork } from '../rebase/find-fork.js';
import { type ProofInput, type ProofOutcome, proveRebase } from '../rebase/prove.js';
import { readFork } from '../rebase/read-fork.js';
import { withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';

export interface RebaseOptions {
  /** A git revision whose migrations stay as they are. Default: told by the merge or rebase in progress, else by what was merged. */
  readonly onto?: string | undefined;
  /** Tags of migrations to leave out: their files go, and the changes are to be generated again. */
  readonly drop?: readonly string[] | undefined;
  /** A server to make scratch databases on. Default: an embedded one, gone afterwards. */
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** A migration that gets another place. */
export interface RebasedMigration {
  readonly from: { readonly tag: string; readonly when: number };
  readonly to: { readonly tag: string; readonly when: number };
  /** Its way back was generated, and is made anew for the merged schema. */
  readonly newDown: boolean;
}

/** What `rebase` would do. Plain data. */
export interface RebasePlan {
  /** The branch whose migrations stay, for people. */
  readonly onto: string;
  /** Migrations of that branch that come first now. */
  readonly theirs: readonly string[];
  readonly migrations: readonly RebasedMigration[];
  /** Migrations that the other branch has already, under another name or stamp. */
  readonly alreadyThere: readonly { readonly tag: string; readonly as: string }[];
  readonly dropped: readonly string[];
  readonly edits: readonly FileEdit[];
  /** Both orders were run on scratch, and ended in one catalog. */
  readonly proven: boolean;
}

/**
 * Puts the migrations of this branch on top of those of the other, where the two were made side by side, and proves on scratch that
 * both orders come to the same. Writes nothing. Undefined where nothing is to be done. Throws `refused`, with a finding
 * `rebase-conflict` for each object that the two do not agree about.
 */
export async function planRebase(
  project: GenerateProject,
  options: RebaseOptions = {},
): Promise<RebasePlan | undefined> {
  finishLeftEdits(project.migrationsFolder);
  assertLayout(project.migrationsFolder);
  await loadParser();
  const drafted = draft(project, options);
  if (!drafted) return undefined;
  if (drafted.fork.theirs.length === 0 || drafted.fork.moving.length === 0) return planOf(drafted, project, false);
  let now = drafted;
  for (let orders: readonly EnumOrders[] | undefined; ; ) {
    const outcome = await withScratch(
      { url: options.scratchUrl, signal: options.signal, onProgress: options.onProgress },
      (scratch) => proveRebase(scratch, proofInput(now, project)),
    );
    const findings = findingsOf(outcome, now, project);
    if (findings.length > 0 || !outcome.same) throw conflict(findings, now.fork.branches.stays.label);
    // The order of an enum's values is known only now; a way back that depends on it is proven too.
    const next = draft(project, { ...options, orders: outcome.orders }) ?? now;
    if (orders !== undefined || downsOf(next) === downsOf(now)) return planOf(next, project, true);
    orders = outcome.orders;
    now = next;
  }
}

/** Writes what a plan says, all of it or nothing. Throws `folder-unwritable`. Gives the paths, relative to the folder. */
export function applyRebase(project: GenerateProject, plan: RebasePlan): readonly string[] {
  return applyEdits(project.migrationsFolder, plan.edits);
}

/** Whether migrations of two branches stand side by side, and which of them `rebase` would move. Runs no SQL. */
export async function needsRebase(project: GenerateProject): Promise<readonly RebasedMigration[]> {
  await loadParser();
  const drafted = draft(project, {});
  if (!drafted) return [];
  const { fork, migrations } = drafted;
  // Stamps alone have a finding of their own, and may be as old as the history.
  const isFork = fork.theirs.length > 0 || migrations.some(({ move: { from, to } }) => from.tag !== to.tag);
  return isFork ? planOf(drafted, project, false).migrations : [];
}

/** Without reading the journal: it may hold marks. */
function assertLayout(directory: string): void {
  const names = [...diskTree(directory).paths];
  const layout =
    !names.includes(JOURNAL_PATH) && names.some((path) => FOLDER_OF_ONE.test(path)) ? 'folders' : 'journal';
  assertJournalLayout(
    { layout, directory },
    'migrator rebase',
    'Its migrations are put in order by their names, and their snapshots know several parents: `npx drizzle-kit check` tells what clashes.',
  );
}

const FOLDER_OF_ONE = /^[^/]+\/migration\.sql$/;

function draft(
  project: GenerateProject,
  options: RebaseOptions & { readonly orders?: readonly EnumOrders[] },
): RebaseDraft | undefined {
  const directory = project.migrationsFolder;
  const disk = diskTree(directory);
  const draftOptions = {
    generate: project.generate,
    trash: project.trashSchema,
    now: Date.now(),
    newId: randomUUID,
    orders: options.orders,
  };
  const branches = findBranches(directory, gitAt(directory), options.onto);
  if (branches) {
    const drafted = draftRebase(readFork(branches, options.drop ?? []), draftOptions);
    const edits = editsFor(drafted, disk);
    const isMarked = edits.some(({ path }) => splitMarks(disk.read(path) ?? ''));
    if (edits.length > 0 && (isMarked || (isNeeded(drafted) && !isSettled(drafted, disk, draftOptions))))
      return drafted;
    if (options.onto !== undefined) return undefined;
  }
  const text = disk.read(JOURNAL_PATH);
  if (text === undefined || splitMarks(text)) return undefined;
  const forked = findFork(directory, disk, branch('', disk).entries);
  return forked && draftRebase(readFork(forked, options.drop ?? []), draftOptions);
}

/** A branch whose numbers have gaps, or that was only not merged yet, is none that has to be rebased. */
function isNeeded({ fork, migrations }: RebaseDraft): boolean {
  const newest = fork.branches.stays.entries.reduce((latest, { when }) => Math.max(latest, when), 0);
  return (
    fork.theirs.length > 0 ||
    fork.there.length > 0 ||
    fork.dropped.length > 0 ||
    migrations.some(({ move: { from, to } }) => from.tag !== to.tag || from.when <= newest)
  );
}

/** Git may be in the middle of a merge although the folder is as `rebase` leaves it, and waits for the commit. */
function isSettled({ fork }: RebaseDraft, disk: Tree, options: DraftOptions): boolean {
  const { branches, moving } = fork;
  try {
    const onDisk = draftRebase(readFork({ ...branches, moves: branch(branches.moves.label, disk) }, []), options);
    const there = new Set(onDisk.fork.moving.map(({ sql }) => sql));
    return (
      !isNeeded(onDisk) &&
      editsFor(onDisk, disk).length === 0 &&
      moving.every(({ entry, sql }) => there.has(sql) || !disk.paths.has(`${entry.tag}.sql`))
    );
  } catch (error) {
    // What cannot be read is not settled.
    if (error instanceof MigratorError) return false;
    throw error;
  }
}

function downsOf({ migrations }: RebaseDraft): string {
  return JSON.stringify(migrations.map(({ down }) => down ?? null));
}

function shownIn({ migrationsFolder, relativeTo }: GenerateProject): (path: string) => string {
  return (path) => relative(relativeTo, join(migrationsFolder, path));
}

function proofInput({ fork, migrations }: RebaseDraft, project: GenerateProject): ProofInput {
  const { stays } = fork.branches;
  const shown = shownIn(project);
  const theirs = ({ tag }: { readonly tag: string }) => {
    const sql = stays.tree.read(`${tag}.sql`);
    return sql === undefined ? [] : [{ tag, path: shown(`${tag}.sql`), sql }];
  };
  return {
    common: fork.common.flatMap(theirs),
    theirs: fork.theirs.flatMap(theirs),
    mine: migrations.map(({ move: { from }, sql, down }) => ({
      tag: from.tag,
      path: shown(`${from.tag}.sql`),
      sql,
      down: down === undefined ? undefined : { tag: from.tag, path: shown(`${from.tag}.down.sql`), sql: down },
    })),
    trashSchema: project.trashSchema,
  };
}

function findingsOf(outcome: ProofOutcome, now: RebaseDraft, project: GenerateProject): readonly Finding[] {
  if (!outcome.same) return explainConflict(now, outcome, shownIn(project));
  if (outcome.findings.length > 0) return outcome.findings;
  return now.clashes.length > 0 ? explainConflict(now, undefined, shownIn(project)) : [];
}

function conflict(findings: readonly Finding[], label: string): MigratorError {
  return new MigratorError('refused', {
    message: `This branch cannot be put on top of ${label}: ${findings.length === 1 ? 'one thing stands in the way' : `${findings.length} things stand in the way`}.`,
    state: 'Nothing was changed.',
    fix: findings[0]?.fix ?? '',
    findings,
  });
}

function planOf(drafted: RebaseDraft, { migrationsFolder }: GenerateProject, proven: boolean): RebasePlan {
  const { branches, theirs, there, dropped, moving } = drafted.fork;
  return {
    onto: branches.stays.label,
    theirs: theirs.map(({ tag }) => tag),
    migrations: drafted.migrations.map(({ move: { from, to }, down }, index) => ({
      from: { tag: from.tag, when: from.when },
      to: { tag: to.tag, when: to.when },
      newDown: down !== moving[index]?.down,
    })),
    alreadyThere: there.map(({ entry, as }) => ({ tag: entry.tag, as: as.tag })),
    dropped: dropped.map(({ tag }) => tag),
    edits: editsFor(drafted, diskTree(migrationsFolder)),
    proven,
  };
}
