import { folderNameOf } from '../core/folder-names.js';
import { sha256 } from '../core/hash.js';
import type {
  Backfill,
  Comparison,
  Finding,
  Migration,
  MigrationStatus,
  Plan,
  PlanOptions,
  Statement,
  Step,
} from '../core/types.js';
import { type BackfillFault, moduleBackfill } from '../sql/backfill.js';
import { readDirectives } from '../sql/directives.js';
import { unsuitableBackfills } from './backfills.js';
import { historyFindings } from './history-findings.js';
import { heldBackFindings, heldBackOf, phaseOf, ungatedFindings, unknownPhaseFindings } from './phases.js';
import { settleStamps } from './settled-stamps.js';
import { squashedRow } from './squashed.js';
import { copyFinding, readStatements } from './statements.js';

/**
 * Decides what a `migrate` will do: which migrations, in which order, from which statement, cut into which transactions.
 * Pure; needs `loadParser` to have resolved if anything is to run. Findings of severity `error` mean: refuse to run it.
 * `serverVersion` is the major version of the server; it decides where ALTER TYPE … ADD VALUE may run.
 */
export function planUp(
  comparison: Comparison,
  folderFindings: readonly Finding[],
  options: PlanOptions = {},
  serverVersion?: number,
): Plan {
  const wanted = withinTarget(comparison.statuses, options.to);
  const open = options.force === undefined ? wanted.filter(isOpen) : wanted.filter(isForced(options.force));
  const heldBack = options.phase === 'expand' ? heldBackOf(open) : [];
  const held = new Set(open.slice(open.length - heldBack.length));
  const runnable = open.filter((status) => !held.has(status));
  const planned = runnable.flatMap((status) => planStep(status, comparison.namesRows, serverVersion) ?? []);
  const steps = planned.map(({ step }) => step);
  const accepted = { outOfOrder: options.outOfOrder === true, allowEdited: options.allowEdited === true };
  const findings = [
    ...(options.force === undefined
      ? historyFindings(
          comparison,
          accepted,
          wanted.filter((status) => !held.has(status)),
        )
      : forceFindings(options.force, comparison)),
    ...settleStamps(folderFindings, comparison.statuses).map((finding) =>
      mattersFor(finding, runnable) ? finding : asWarning(finding),
    ),
    ...steps.flatMap((step) => resumeFindings(step, runnable)),
    ...planned.flatMap(({ step, clientCopy }) => (clientCopy ? [copyFinding(step, clientCopy)] : [])),
    ...unsuitableBackfills(
      runnable.map(({ migration }) => migration),
      'error',
    ),
    ...(options.atomic ? steps.flatMap(atomicFindings) : []),
    ...unknownPhaseFindings(
      runnable.map(({ migration }) => migration),
      options.phase === undefined ? 'warning' : 'error',
    ),
    ...heldBackFindings(heldBack, wanted),
    // Upon a new database nobody uses anything yet.
    ...(options.phase === undefined && comparison.newest !== null ? ungatedFindings(runnable) : []),
  ];
  return {
    version: 1,
    direction: 'up',
    atomic: options.atomic === true,
    steps,
    ...(options.phase === 'expand' && { heldBack }),
    findings,
    historyHash: comparison.historyHash,
    options,
  };
}

function isOpen({ state }: MigrationStatus): boolean {
  return state === 'pending' || state === 'out-of-order';
}

function isForced(tag: string): (status: MigrationStatus) => boolean {
  return ({ migration, row }) => migration.tag === tag && row !== undefined;
}

function planStep(
  { migration, row, halfApplied }: MigrationStatus,
  namesRows: boolean,
  serverVersion: number | undefined,
): { readonly step: Step; readonly clientCopy: Statement | undefined } | undefined {
  if (!migration.file) return undefined;
  const { statements, segments, ownTransactions, clientCopy, backfill } = readStatements(migration.file, serverVersion);
  const step: Step = {
    tag: migration.tag,
    when: migration.when,
    hash: migration.file.hash,
    ...(namesRows && { name: folderNameOf(migration) }),
    path: migration.path,
    direction: 'up',
    phase: phaseOf(migration),
    sql: migration.file.sql,
    statements,
    segments,
    startAt: Math.min(halfApplied?.statementsDone ?? 0, statements.length),
    ...(halfApplied?.detail && { resume: halfApplied.detail }),
    ...(row && { replacesRow: row.id }),
    ownTransactions,
    ...backfillOf(migration, backfill),
  };
  return { step, clientCopy };
}

function backfillOf({ module, file }: Migration, read: Backfill | BackfillFault | undefined): Pick<Step, 'backfill'> {
  if (module) return { backfill: moduleBackfill(module, readDirectives(file?.sql ?? '').backfill ?? {}) };
  return read && !('fault' in read) ? { backfill: read } : {};
}

function forceFindings(tag: string, { statuses }: Comparison): Finding[] {
  const status = statuses.find(({ migration }) => migration.tag === tag);
  if (status?.squashed) return [squashedRow(status)];
  if (!status || status.row) return [];
  return [
    {
      code: 'not-applied',
      severity: 'error',
      tag,
      at: { file: status.migration.path },
      message: `\`--force\` runs an applied migration again, but \`${tag}\` is not applied.`,
      fix: `Run \`migrator migrate --to ${tag}\`.`,
    },
  ];
}

function withinTarget(statuses: readonly MigrationStatus[], to: string | undefined): readonly MigrationStatus[] {
  if (to === undefined) return statuses;
  return statuses.slice(0, statuses.findLastIndex(({ migration }) => migration.tag === to) + 1);
}

/** A fault of the folder stops a run only if the run would touch it. */
function mattersFor(finding: Finding, runnable: readonly MigrationStatus[]): boolean {
  if (finding.severity !== 'error') return true;
  return finding.tag === undefined || runnable.some(({ migration }) => migration.tag === finding.tag);
}

/** What is wrong with a migration that this run leaves alone. */
function asWarning(finding: Finding): Finding {
  return { ...finding, severity: 'warning' };
}

/** A half-applied migration may only be resumed if its finished statements are still what they were. */
function resumeFindings(step: Step, runnable: readonly MigrationStatus[]): Finding[] {
  const half = runnable.find(
    ({ migration }) => migration.tag === step.tag && migration.when === step.when,
  )?.halfApplied;
  if (!half || half.statementsDone === 0) return [];
  const lost = step.statements.find(({ session, index }) => session === 'object' && index < step.startAt);
  if (lost) return [sessionStateLost(step, lost, half.statementsDone)];
  const edited = (half.statementHashes ?? []).findIndex(
    (hash, index) => hash !== statementHash(step.statements[index]),
  );
  if (edited === -1) {
    return [
      {
        code: 'half-applied',
        severity: 'info',
        tag: step.tag,
        at: { file: step.path, ...lineOf(step.statements[step.startAt]) },
        message: `\`${step.tag}\` stopped after statement ${step.startAt} of ${step.statements.length}; it goes on with the next one.`,
        fix: 'Nothing to do: `migrator migrate` resumes it.',
      },
    ];
  }
  return [
    {
      code: 'edited-while-half-applied',
      severity: 'error',
      tag: step.tag,
      at: { file: step.path, ...lineOf(step.statements[edited]) },
      message: `\`${step.tag}\` stopped after statement ${half.statementsDone} of ${half.statementsTotal}, and statement ${edited + 1}, which had run, has been edited since.`,
      consequence: 'Going on would leave the database in a state that no version of the file describes.',
      fix: `Restore the first ${half.statementsDone} statements of ${step.path} as they ran, and put the change into a new migration.`,
    },
  ];
}

function sessionStateLost(step: Step, lost: Statement, done: number): Finding {
  return {
    code: 'session-state-lost',
    severity: 'error',
    tag: step.tag,
    at: { file: step.path, line: lost.line },
    message: `\`${step.tag}\` stopped after statement ${done} of ${step.statements.length}, and statement ${lost.index + 1} made something that lived in that session only.`,
    consequence: 'The rest of the file may rest on a temporary table, a prepared statement or a lock that is gone.',
    fix: `Undo by hand what the first ${done} statements did, run \`migrator repair --mark-unapplied ${step.tag}\`, and then \`migrator migrate\` again; better, split the file so that it needs no session.`,
  };
}

export function statementHash(statement: Statement | undefined): string | undefined {
  return statement && sha256(statement.text);
}

function atomicFindings(step: Step): Finding[] {
  const cut = step.segments.find(({ mode, reason }) => mode === 'autocommit' || reason);
  if (!cut && !step.ownTransactions && step.startAt === 0 && !step.backfill) return [];
  const why =
    (step.backfill && 'it runs in batches, each a transaction') ??
    cut?.reason ??
    (step.ownTransactions ? 'the file ends transactions itself' : 'part of it is kept already');
  return [
    {
      code: 'not-atomic',
      severity: 'error',
      tag: step.tag,
      at: { file: step.path, ...lineOf(step.statements[cut?.from ?? 0]) },
      message: `\`--atomic\` asks for one transaction, but \`${step.tag}\` cannot be part of one: ${why}.`,
      fix: 'Run `migrator migrate` without `--atomic`: each migration is then atomic by itself where Postgres allows it.',
    },
  ];
}

function lineOf(statement: Statement | undefined): { line?: number } {
  return statement ? { line: statement.line } : {};
}
