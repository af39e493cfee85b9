import { join } from 'node:path';
import { downPathOf } from '../core/down-path.js';
import type { AppliedRow, Comparison, Finding, LogEntry, Plan, RollbackPlanOptions, Step } from '../core/types.js';
import { isOpenRollback } from './compare.js';
import { type ChosenDown, chooseDown, type StoredDown } from './down-source.js';
import {
  downFindings,
  fewerApplied,
  halfAppliedFinding,
  noWayBack,
  type PurgedObject,
  purgedFindings,
} from './rollback-findings.js';
import { ofAnotherProject } from './shared-table.js';
import { squashedRow } from './squashed.js';
import { copyFinding, readStatements } from './statements.js';

/** All that a rollback is decided by. */
export interface RollbackFacts {
  readonly comparison: Comparison;
  /** Tracking rows in the order of their ids. */
  readonly rows: readonly AppliedRow[];
  readonly log: readonly LogEntry[];
  /** What the log kept of the rows that `rowsToUndo` names. */
  readonly stored: readonly StoredDown[];
  /** What was parked once and is gone. */
  readonly purged: readonly PurgedObject[];
  /** Path of the migrations folder, as it is to be shown. */
  readonly folder: string;
  /** Major version of the server. */
  readonly serverVersion?: number;
}

/**
 * The rows that a rollback removes, the one that was applied last first: that is the order of ids, not of `when`, for
 * migrations of merged branches are applied late. Undefined if `to` is not applied. Pure.
 */
export function rowsToUndo(
  { comparison, rows, log }: Pick<RollbackFacts, 'comparison' | 'rows' | 'log'>,
  { steps = 1, to }: RollbackPlanOptions,
): readonly AppliedRow[] | undefined {
  const newestFirst = rows.toSorted((a, b) => b.id - a.id);
  if (to === undefined) return newestFirst.slice(0, steps);
  const stays = comparison.statuses.find(({ migration, row }) => row && migration.tag === to)?.row;
  const known = stays ?? newestFirst.find((row) => loggedTag(row, log) === to);
  return known && newestFirst.filter(({ id }) => id > known.id);
}

/**
 * Decides what a `rollback` will do: which migrations, with which SQL, from which statement. Findings of severity `error`
 * mean: refuse to run it. `rows` is what `rowsToUndo` gave. Pure; needs `loadParser` to have resolved.
 */
export function planDown(facts: RollbackFacts, rows: readonly AppliedRow[], options: RollbackPlanOptions = {}): Plan {
  const planned = rows.map((row) => planRow(row, facts, options));
  const halfUps = facts.comparison.statuses.flatMap(({ halfApplied, migration }) =>
    halfApplied ? [halfAppliedFinding(migration, halfApplied)] : [],
  );
  return {
    version: 1,
    direction: 'down',
    atomic: false,
    steps: planned.flatMap(({ step }) => step ?? []),
    findings:
      rows.length === 0 ? [] : [...fewer(rows, options), ...halfUps, ...planned.flatMap(({ findings }) => findings)],
    historyHash: facts.comparison.historyHash,
    options,
  };
}

function fewer({ length }: readonly AppliedRow[], { steps = 1 }: RollbackPlanOptions): Finding[] {
  return length < steps ? [fewerApplied(length, steps)] : [];
}

interface PlannedRow {
  readonly step?: Step;
  readonly findings: readonly Finding[];
}

function planRow(row: AppliedRow, facts: RollbackFacts, options: RollbackPlanOptions): PlannedRow {
  const owner = facts.comparison.owners?.get(row.id);
  if (owner !== undefined) return { findings: [ofAnotherProject(row, owner)] };
  const status = facts.comparison.statuses.find((entry) => entry.row === row);
  const squash = facts.comparison.statuses.find(({ squashed }) => squashed?.includes(row));
  if (squash) return { findings: [squashedRow(squash)] };
  const stored = facts.stored.find(({ hash, when }) => hash === row.hash && when === row.createdAt);
  const tag = status?.migration.tag ?? stored?.tag ?? loggedTag(row, facts.log);
  if (tag === undefined) return { findings: [noWayBack(row)] };
  const path = status ? downPathOf(status.migration) : unknownDownPath(tag, facts);
  const half = openRollbackOf(row, tag, facts.log);
  const chosen = chooseDown({
    tag,
    path,
    status,
    stored,
    half,
    useFiles: options.useFiles === true,
    serverVersion: facts.serverVersion,
  });
  if ('findings' in chosen) return chosen;
  return planStep(row, { tag, path, half, chosen }, facts);
}

function planStep(
  row: AppliedRow,
  about: {
    readonly tag: string;
    readonly path: string;
    readonly half: LogEntry | undefined;
    readonly chosen: ChosenDown;
  },
  { serverVersion, purged }: RollbackFacts,
): PlannedRow {
  const { tag, path, half, chosen } = about;
  const { statements, segments, ownTransactions, clientCopy } = readStatements(chosen.text, serverVersion);
  const step: Step = {
    tag,
    when: row.createdAt ?? 0,
    hash: row.hash,
    path,
    direction: 'down',
    sql: chosen.text.sql,
    statements,
    segments,
    startAt: Math.min(half?.statementsDone ?? 0, statements.length),
    ...(half?.detail && { resume: half.detail }),
    removesRow: row.id,
    source: chosen.source,
    ownTransactions,
  };
  return {
    step,
    findings: [
      ...downFindings(step, chosen),
      ...purgedFindings(step, purged),
      ...(clientCopy ? [copyFinding(step, clientCopy)] : []),
    ],
  };
}

/** Where the way back of a migration that is not in the folder would stand, in the layout that the folder has. */
function unknownDownPath(tag: string, { comparison, folder }: RollbackFacts): string {
  const inFolders = comparison.statuses.some(({ migration }) => migration.name !== undefined);
  return inFolders
    ? downPathOf({ name: tag, path: join(folder, tag, 'migration.sql') })
    : downPathOf({ path: join(folder, `${tag}.sql`) });
}

function loggedTag(row: AppliedRow, log: readonly LogEntry[]): string | undefined {
  return log.findLast(({ hash, when }) => hash === row.hash && when === row.createdAt)?.tag;
}

function openRollbackOf(row: AppliedRow, tag: string, log: readonly LogEntry[]): LogEntry | undefined {
  const last = log.findLast((entry) => entry.tag === tag && entry.when === (row.createdAt ?? 0));
  return last && isOpenRollback(last) ? last : undefined;
}
