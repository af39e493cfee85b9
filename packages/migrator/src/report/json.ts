import type { CheckReport } from '../api/check.js';
import type { FixReport } from '../api/fix.js';
import type { BegunBackfill, StatusReport } from '../api/status.js';
import type { Finding, MigrationStatus, Plan, RunResult } from '../core/types.js';
import type { MigratorError } from '../errors/migrator-error.js';

/** The documents that `--json` prints, one per command. Fields are only ever added. */

export function statusJson(report: StatusReport): unknown {
  const { comparison } = report;
  return {
    command: 'status',
    ok: true,
    upToDate: report.upToDate,
    database: report.database,
    trackingTable: `${report.tracking.schema}.${report.tracking.table}`,
    migrations: comparison.statuses.map((entry) => ({
      ...migrationJson(entry),
      phase: report.phases.get(entry.migration.tag),
      ...backfillJson(report.backfills.get(entry.migration.tag)),
    })),
    heldBack: report.heldBack,
    unknownRows: comparison.unknown,
    findings: report.findings,
  };
}

function backfillJson(begun: BegunBackfill | undefined): object {
  if (!begun) return {};
  const { now, percent, visited, changed, estimated, cursor, error, startedAt, updatedAt } = begun;
  return { backfill: { state: now, percent, visited, changed, estimated, cursor, error, startedAt, updatedAt } };
}

function migrationJson({
  migration,
  state,
  edit,
  row,
  log,
  halfApplied,
  halfRolledBack,
  rolledBack,
}: MigrationStatus): object {
  const half = halfApplied ?? halfRolledBack;
  return {
    tag: migration.tag,
    state,
    when: migration.when,
    path: migration.path,
    hash: migration.file?.hash ?? null,
    ...(edit && { edit }),
    ...(row && { row }),
    ...(log && { appliedAt: log.finishedAt, appliedBy: log.by, tool: log.tool, gitCommit: log.gitCommit }),
    ...(half && { statementsDone: half.statementsDone, statementsTotal: half.statementsTotal }),
    ...(halfRolledBack && { halfRolledBack: true }),
    ...(rolledBack && { rolledBackAt: rolledBack.finishedAt, rolledBackBy: rolledBack.by }),
  };
}

export function planJson(plan: Plan, database: string): unknown {
  return { command: 'migrate', ok: true, dryRun: true, database, ...plan };
}

export function resultJson(
  result: RunResult,
  database: string,
  findings: readonly Finding[],
): Readonly<Record<string, unknown>> {
  return { command: 'migrate', ok: !result.failed, database, ...runJson(result), findings };
}

export function runJson({ direction, done, failed, notRun, durationMs }: RunResult): object {
  return {
    direction,
    done,
    ...(failed && {
      failed: { tag: failed.tag, statementsKept: failed.statementsKept, statement: failed.statement ?? null },
    }),
    notRun,
    durationMs: Math.round(durationMs),
  };
}

/** docs/check-json.md describes it. */
export function checkJson({ sources: _, findings, ...report }: CheckReport, fixed?: FixReport): unknown {
  return {
    command: 'check',
    ...report,
    findings: findings.map(findingJson),
    ...(fixed && {
      fixed: fixed.files.map(({ tag, path, after, refused, fixed: mended }) => ({
        tag,
        path,
        written: after !== undefined,
        ...(refused !== undefined && { refused }),
        rules: mended.map(({ code, at }) => ({ code, line: at.line })),
      })),
    }),
  };
}

/** How a safe form is written is nobody's business; that it can be is. */
function findingJson(finding: CheckReport['findings'][number]): unknown {
  if (!('rewrite' in finding)) return finding;
  const { rewrite, ...rest } = finding;
  return rewrite ? { ...rest, fixable: true } : rest;
}

export function errorJson(error: MigratorError, command: string | undefined): unknown {
  const { code, message, where, state, fix, detail, data, findings, result, exitCode } = error;
  return {
    ...(command && { command }),
    ok: false,
    error: { code, message, where, state, fix, detail, data, exitCode },
    ...(findings && { findings }),
    ...(result && { result: runJson(result) }),
  };
}
