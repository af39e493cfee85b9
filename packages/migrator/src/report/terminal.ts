import pc from 'picocolors';
import type { StatusReport } from '../api/status.js';
import type { Backfill, Finding, MigrationStatus, Plan, Step } from '../core/types.js';
import type { MigratorError } from '../errors/migrator-error.js';
import { renderFindings } from './findings.js';
import { plain, plural, table, timestamp } from './text.js';

export type Colors = ReturnType<typeof pc.createColors>;

export function colorsFor(enabled: boolean): Colors {
  return pc.createColors(enabled);
}

const INDENT = '  ';

/** An error in the order people ask: what, where, in which state, what now. */
export function renderError(error: MigratorError, color: Colors): string {
  const lines = [`${color.red('✗')} ${error.message} ${color.dim(`[${error.code}]`)}`];
  if (error.where) lines.push(`${INDENT}at ${color.cyan(error.where)}`);
  if (error.detail) lines.push('', ...error.detail.split('\n').map((line) => INDENT + line), '');
  const blocking = error.findings?.filter(({ severity }) => severity === 'error') ?? [];
  if (blocking.length > 0) lines.push('', ...renderFindings(blocking, color), '');
  if (error.state) lines.push(`${INDENT}${error.state}`);
  if (error.fix && blocking.length === 0) lines.push(`${INDENT}${color.bold('Next:')} ${error.fix}`);
  return `${lines.join('\n')}\n`;
}

/** Applied, pending and everything else as a table, then what there is to say about it. */
export function renderStatus(report: StatusReport, color: Colors): string {
  const { comparison, findings } = report;
  const lines = [`Database ${color.bold(report.database)}`, ''];
  if (comparison.statuses.length === 0 && comparison.unknown.length === 0) lines.push('No migrations.');
  else {
    // Where nothing contracts, nobody goes by phases.
    const phased = [...report.phases.values()].includes('contract');
    const head = ['', 'migration', 'state', ...(phased ? ['phase'] : []), 'applied at (UTC)', 'by'].map((cell) =>
      color.dim(cell),
    );
    const rows = comparison.statuses.map((entry) => {
      const [mark = '', tag = '', state = '', ...rest] = statusRow(entry, color);
      return [
        mark,
        tag,
        state + backfillInWords(tag, report, color),
        ...(phased ? [phaseCell(entry.migration.tag, report)] : []),
        ...rest,
      ];
    });
    const unknown = comparison.unknown.map((row) => [
      color.yellow('?'),
      `row ${row.id} (${row.hash.slice(0, 8)})`,
      color.yellow('unknown'),
      ...(phased ? [''] : []),
      '',
      '',
    ]);
    lines.push(...table([head, ...rows, ...unknown], (cell) => plain(cell).length));
  }
  const shown = findings.filter(({ severity }) => severity !== 'info');
  if (shown.length > 0) lines.push('', ...renderFindings(shown, color));
  const notes = findings.length - shown.length;
  if (notes > 0) lines.push('', color.dim(`${plural(notes, 'note')} more with \`--json\`.`));
  lines.push('', summary(report, color));
  return `${lines.join('\n')}\n`;
}

function phaseCell(tag: string, { phases, heldBack }: StatusReport): string {
  const behind = heldBack.find((held) => held.tag === tag && held.phase === 'expand')?.behind;
  return `${phases.get(tag)}${behind === undefined ? '' : ` (behind ${behind})`}`;
}

function backfillInWords(tag: string, { backfills }: StatusReport, color: Colors): string {
  const begun = backfills.get(tag);
  if (!begun) return '';
  const why = begun.now === 'paused' && begun.error !== null ? `: ${begun.error}` : '';
  return color.yellow(` (backfill ${begun.now} at ${begun.percent} %${why})`);
}

function statusRow(status: MigrationStatus, color: Colors): string[] {
  const { migration, state, edit, log, halfApplied, halfRolledBack, rolledBack, squashed, missing } = status;
  const look = {
    applied: [color.green('✓'), 'applied'],
    pending: [color.blue('·'), color.blue('pending')],
    'out-of-order': [color.red('✗'), color.red('out of order')],
    edited: [
      color.yellow('!'),
      color.yellow(edit === 'line-endings' || edit === 'formatting' ? `edited (${edit})` : 'edited'),
    ],
    restamped: [color.yellow('!'), color.yellow('restamped')],
  }[state];
  const stopped = halfApplied ?? halfRolledBack;
  const half = stopped
    ? color.yellow(
        ` (${halfRolledBack ? 'rollback ' : ''}stopped after statement ${stopped.statementsDone} of ${stopped.statementsTotal})`,
      )
    : '';
  const stands = squashed
    ? color.dim(` (squash of ${migration.squash?.of.length}${missing ? `, ${missing.length} of them missing` : ''})`)
    : '';
  const done = state !== 'pending' && state !== 'out-of-order';
  return [
    look[0] ?? '',
    migration.tag + (migration.file ? '' : color.yellow(' (file missing)')),
    (look[1] ?? '') +
      half +
      stands +
      (rolledBack ? color.dim(` (rolled back ${timestamp(rolledBack.finishedAt)})`) : ''),
    done ? timestamp(log?.finishedAt) || color.dim('not logged') : '',
    done ? (log?.by ?? color.dim('drizzle-kit or older')) : (rolledBack?.by ?? ''),
  ];
}

function summary({ comparison, heldBack, upToDate, hasJournal }: StatusReport, color: Colors): string {
  if (!hasJournal)
    return `${color.yellow('No journal')} in the migrations folder: make the first migration, or correct \`out\` in drizzle.config.ts.`;
  const count = (wanted: MigrationStatus['state']) =>
    comparison.statuses.filter(({ state }) => state === wanted).length;
  const parts = [
    `${count('applied') + count('restamped') + count('edited')} applied`,
    ...(count('pending') ? [`${count('pending')} pending`] : []),
    ...(count('out-of-order') ? [`${count('out-of-order')} out of order`] : []),
    ...(count('edited') ? [`${count('edited')} edited`] : []),
    ...(comparison.unknown.length ? [`${comparison.unknown.length} unknown`] : []),
  ].join(', ');
  if (upToDate) return `${color.green('Up to date.')} ${parts}.`;
  const isHalf = comparison.statuses.some(({ halfRolledBack }) => halfRolledBack);
  const next =
    count('out-of-order') || count('edited') || isHalf
      ? 'see the fixes above'
      : heldBack.length > 0
        ? `run \`migrator migrate --phase ${heldBack.length < count('pending') ? 'expand' : 'contract'}\``
        : 'run `migrator migrate`';
  return `${color.yellow('Not up to date:')} ${parts}; ${next}.`;
}

/** Notes that somebody who reads the run should not miss: what stays pending, and what nobody was asked about. */
const TOLD_NOTES: ReadonlySet<string> = new Set(['contract-held-back', 'contract-ungated', 'gate-open']);

/** Whether a run tells a finding to people; the rest is for `--json`. */
export function isShown({ severity, code }: Finding): boolean {
  return severity !== 'info' || TOLD_NOTES.has(code);
}

/** What `--dry-run` prints: the exact SQL, with the transactions it runs in. */
export function renderPlan(plan: Plan, color: Colors, options: { readonly lockTimeoutMs: number }): string {
  const lines: string[] = [];
  const shown = plan.findings.filter(isShown);
  if (shown.length > 0) lines.push(...renderFindings(shown, color), '');
  const refused = plan.findings.some(({ severity }) => severity === 'error');
  const isUp = plan.direction === 'up';
  if (plan.steps.length === 0 && !refused) lines.push(isUp ? nothingToApply(plan) : 'Nothing to roll back.');
  if (plan.atomic && plan.steps.length > 0)
    lines.push(color.dim('-- one transaction around everything'), ...beginSql(options.lockTimeoutMs), '');
  const phased = plan.options.phase !== undefined || plan.steps.some(({ phase }) => phase === 'contract');
  for (const step of plan.steps)
    lines.push(...renderStep(step, { atomic: plan.atomic, phased, ...options }, color), '');
  if (plan.atomic && plan.steps.length > 0) lines.push('commit;', '');
  if (refused) lines.push('This would be refused. Nothing was changed.');
  else if (plan.steps.length > 0)
    lines.push(
      `${plural(plan.steps.length, 'migration')} would be ${isUp ? 'applied' : 'rolled back'}. Nothing was changed.`,
    );
  return `${lines.join('\n')}\n`;
}

/** Where something is held back, a database is not up to date. */
export function nothingToApply({ heldBack = [] }: Plan): string {
  return heldBack.length === 0
    ? 'Nothing to apply.'
    : `Nothing to apply in this phase; ${plural(heldBack.length, 'migration')} held back.`;
}

/** A file's own BEGIN and COMMIT are where ours stand. */
function isReplaced({ kind, text }: Step['statements'][number], { ownTransactions }: Step): boolean {
  return ownTransactions && kind === 'TransactionStmt' && /^(?:begin|start|commit|end)\b/i.test(text);
}

function beginSql(lockTimeoutMs: number): string[] {
  return ['begin;', `set local lock_timeout = '${lockTimeoutMs}ms';`, 'set local statement_timeout = 0;'];
}

function renderStep(
  step: Step,
  {
    atomic,
    phased,
    lockTimeoutMs,
  }: { readonly atomic: boolean; readonly phased: boolean; readonly lockTimeoutMs: number },
  color: Colors,
): string[] {
  const phase = phased && step.phase ? `, ${step.phase}` : '';
  const resumes = step.startAt > 0 ? `, from statement ${step.startAt + 1} on` : '';
  const origin = step.source === 'log' ? 'as the log kept it' : step.path;
  const lines = [
    color.bold(`-- ${step.tag} (${plural(step.statements.length, 'statement')}${phase}${resumes}) ${origin}`),
  ];
  if (step.backfill) return [...lines, ...backfillLines(step.backfill, lockTimeoutMs, color)];
  for (const segment of step.segments.filter(({ to }) => to > step.startAt)) {
    if (segment.reason) lines.push(color.dim(`-- ${segment.reason}`));
    const transaction = segment.mode === 'transaction' && !atomic;
    if (transaction) lines.push(...beginSql(lockTimeoutMs));
    if (segment.mode === 'autocommit') lines.push(color.dim('-- outside of a transaction, without time limits'));
    for (const statement of step.statements.slice(Math.max(segment.from, step.startAt), segment.to)) {
      if (statement.before !== undefined) lines.push(`${statement.before};`);
      if (!isReplaced(statement, step)) lines.push(`${statement.text.trimEnd()};`);
    }
    if (transaction) lines.push('commit;');
  }
  return lines;
}

function backfillLines(
  { before, after, alias, key, batch, module }: Backfill,
  lockTimeoutMs: number,
  color: Colors,
): string[] {
  if (module !== undefined)
    return [color.dim(`-- ${module}, in batches of ${batch} rows at first, each in a transaction with its cursor`)];
  const along = key ? `(${key.join(', ')})` : 'the primary key';
  const range = key ? `${key.map((column) => `${alias}.${column}`).join(', ')}` : `${alias}.<primary key>`;
  return [
    color.dim(`-- in batches along ${along}, ${batch} rows at first, each in a transaction with its cursor`),
    ...beginSql(lockTimeoutMs),
    `${before}(${range}) > (<cursor>) and (${range}) <= (<end of the batch>)${after.trimEnd()};`,
    'commit;',
  ];
}
