import { relative } from 'node:path';
import type { Finding, Plan, RollbackPlanOptions } from '../core/types.js';
import { type CountQuery, type CountTarget, countRows } from '../database/count-rows.js';
import { readHistory, readStored, type TrackingState } from '../database/history.js';
import { readPurged } from '../database/parked.js';
import type { Session } from '../database/session.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { type ConstraintQuestion, type Question, questionsOf } from '../plan/losses.js';
import { planDown, rowsToUndo } from '../plan/plan-down.js';
import { rowsViolate, rowsWithoutValue } from '../plan/row-findings.js';
import { type Uncounted, uncountedOf } from '../plan/uncounted.js';
import { DEFAULT_TRASH, REGISTRY } from '../recoverable/index.js';
import { loadParser } from '../sql/parse.js';
import { type Project, trackingOf } from './project.js';
import { assertTag, comparePrecisely } from './read-state.js';

/** Data that a rollback would destroy. */
export interface Loss {
  /** The migration whose rollback destroys it. */
  readonly tag: string;
  readonly kind: 'table' | 'column';
  /** As the down file calls it: `songs.title`. */
  readonly name: string;
  /** Rows of the table, or values of the column. */
  readonly rows: number;
  /** From statistics, because counting took too long. */
  readonly estimated: boolean;
}

export type { Uncounted };

/** What a rollback would do now. */
export interface RollbackPreview {
  readonly plan: Plan;
  /** What it would destroy; empty tables and columns are left out. */
  readonly losses: readonly Loss[];
  /** Statements that may destroy more, which cannot be counted. */
  readonly uncounted: readonly Uncounted[];
}

export interface PlannedRollback extends RollbackPreview {
  readonly history: TrackingState;
}

export function registryOf({ trashSchema = DEFAULT_TRASH }: Project): {
  readonly schema: string;
  readonly table: string;
} {
  return { schema: trashSchema, table: REGISTRY };
}

/** Reads the database and plans. `count`: also looks at the rows, which may take some seconds. */
export async function rollbackState(
  project: Project,
  folder: MigrationsFolder,
  session: Session,
  options: RollbackPlanOptions,
  { count, signal }: { readonly count: boolean; readonly signal?: AbortSignal | undefined },
): Promise<PlannedRollback> {
  const tracking = trackingOf(project);
  const [history, purged] = await Promise.all([
    readHistory(session, tracking),
    readPurged(session, registryOf(project)),
    loadParser(),
  ]);
  const comparison = await comparePrecisely(folder, history, session, tracking);
  const facts = { comparison, rows: history.rows, log: history.log };
  const rows = rowsToUndo(facts, options);
  if (options.to !== undefined && !rows) assertTag(folder, options.to);
  const stored = await readStored(session, tracking, rows ?? []);
  const shown = relative(project.relativeTo ?? process.cwd(), folder.directory);
  const plan = planDown(
    { ...facts, stored, purged, folder: shown, serverVersion: history.server.version },
    rows ?? [],
    options,
  );
  const findings = rows ? plan.findings : [notApplied(options.to ?? '')];
  const uncounted = uncountedOf(plan, registryOf(project));
  if (!count) return { plan: { ...plan, findings }, losses: [], uncounted, history };
  const counted = await countQuestions(session, plan, signal);
  return {
    plan: { ...plan, findings: [...findings, ...counted.findings] },
    losses: counted.losses,
    uncounted,
    history,
  };
}

async function countQuestions(
  session: Session,
  plan: Plan,
  signal: AbortSignal | undefined,
): Promise<{ readonly losses: readonly Loss[]; readonly findings: readonly Finding[] }> {
  const questions = questionsOf(plan);
  // What would be lost comes first: time is short, and the server finds out about constraints by itself.
  const asked = questions.toSorted((a, b) => Number(a.about === 'constraint') - Number(b.about === 'constraint'));
  const counts = await countRows(session, asked.map(targetOfQuestion), signal);
  const countOf = new Map(asked.map((question, at) => [question, counts[at]]));
  const losses: Loss[] = [];
  const findings: Finding[] = [];
  for (const question of questions) {
    const count = countOf.get(question);
    if (!count || count.rows === 0) continue;
    const path = plan.steps.find(({ tag }) => tag === question.tag)?.path ?? '';
    if (question.about === 'constraint') findings.push(rowsViolate(question, count.rows, path));
    else if (question.about === 'required') {
      if (!count.estimated) findings.push(rowsWithoutValue(question, count.rows, path));
    } else {
      const { tag, name, column } = question;
      losses.push({ tag, kind: column === undefined ? 'table' : 'column', name, ...count });
    }
  }
  return { losses, findings };
}

function targetOfQuestion(question: Question | ConstraintQuestion): CountTarget | CountQuery {
  if (question.about === 'constraint') return { count: question.demand.count };
  const { table, column, about } = question;
  return { ...table, ...(column !== undefined && { column }), nulls: about === 'required' };
}

function notApplied(tag: string): Finding {
  return {
    code: 'not-applied',
    severity: 'error',
    tag,
    message: `\`--to\` names the last migration that stays applied, but \`${tag}\` is not applied.`,
    fix: 'Choose one that is: `migrator status` lists them.',
  };
}
