import type { FailedStep, Segment, Statement, Step } from '../core/types.js';
import { abortError } from '../database/abort.js';
import { insertLogSql } from '../database/tracking.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parseStatements } from '../sql/parse.js';
import { transactionControl } from '../sql/transactions.js';
import type { BlockerWatch } from './blockers.js';
import { type ConcurrentWork, concurrentWork } from './concurrently.js';
import type { ExecuteContext } from './context.js';
import { isHistoryMoved, preludeSql } from './prelude.js';
import { waitBeforeRetry } from './retry.js';
import { asOurselves, resetSession, settingsBefore } from './session-settings.js';
import { detailOf, hashesUpTo, logOf, type RowGuard, recordDone, recordFailure } from './simple-step.js';
import { commandOf, postgresFacts, statementError } from './statement-error.js';
import { isUnread, seal, sendTransaction, unseal } from './transaction.js';

/**
 * Runs a migration that is more than one transaction. Each segment that is a transaction takes its progress record with
 * it, so it happens exactly once; a statement that Postgres refuses in one is noted before and after, and what a killed
 * run left of it is put right first.
 */
export async function runStepBySegments(
  step: Step,
  context: ExecuteContext,
  watch: BlockerWatch,
  guard: RowGuard,
  { isLast }: { readonly isLast: boolean },
): Promise<{ readonly durationMs: number } | FailedStep> {
  const started = performance.now();
  const startedAt = new Date();
  const segments = step.segments.filter(({ to }) => to > step.startAt);
  let kept = step.startAt;
  // The tracking row is written in a transaction: the last one of the file, or where that has none left, one of its own.
  const total = step.statements.length;
  if (segments.length > 0) {
    for (const text of settingsBefore(step)) await context.session.run(text);
  }
  const rest: readonly Segment[] =
    segments.at(-1)?.mode === 'transaction' ? segments : [...segments, { mode: 'transaction', from: total, to: total }];
  for (const [n, segment] of rest.entries()) {
    const last = n === rest.length - 1;
    const outcome = await runSegment(
      step,
      { ...segment, from: Math.max(segment.from, step.startAt) },
      { last, relaxCommit: !(isLast && last), startedAt },
      context,
      watch,
      guard,
    );
    if (outcome) {
      const { detail, ...failure } = outcome;
      await recordFailure(context, step, failure.error.message, kept, detail);
      return { ...failure, tag: step.tag, statementsKept: kept };
    }
    kept = segment.to;
  }
  guard.confirm(step);
  resetSession(context, step);
  return { durationMs: performance.now() - started };
}

interface SegmentPlace {
  /** Whether the tracking row is due. */
  readonly last: boolean;
  readonly relaxCommit: boolean;
  readonly startedAt: Date;
}

type SegmentFailure = { readonly error: Error; readonly statement?: Statement; readonly detail?: unknown };

type RawFailure = { readonly error: unknown; readonly statement?: Statement; readonly detail?: unknown };

async function runSegment(
  step: Step,
  segment: Segment,
  place: SegmentPlace,
  context: ExecuteContext,
  watch: BlockerWatch,
  guard: RowGuard,
): Promise<SegmentFailure | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    if (context.signal.aborted) return { error: abortError(context.signal) };
    const outcome =
      segment.mode === 'transaction'
        ? await runTransaction(step, segment, place, context, watch, guard)
        : await runAlone(step, segment, place, context, watch);
    if (!outcome) return undefined;
    const blockers = watch.seen;
    if (isHistoryMoved(outcome.error) && (await guard.adopt([step]))) continue;
    const index = outcome.statement?.index ?? segment.from;
    if (await waitBeforeRetry(outcome.error, attempt, { step, index, blockers }, context)) continue;
    if (context.signal.aborted) return { ...outcome, error: abortError(context.signal) };
    if (outcome.error instanceof MigratorError) return { ...outcome, error: outcome.error };
    const unread = step.statements.slice(segment.from, segment.to).some(isUnread);
    const state = [
      segment.from === 0
        ? 'Nothing of this migration was kept'
        : `The first ${segment.from} of ${step.statements.length} statements are kept; \`${commandOf(step)}\` goes on behind them`,
      ...(unread ? ['but a COMMIT in the text, which could not be read, would have kept what stands before it'] : []),
    ].join(', ');
    return {
      ...outcome,
      error: statementError(outcome.error, step, outcome.statement, {
        state: `${state}.`,
        blockers,
        attempts: attempt,
      }),
    };
  }
}

async function runTransaction(
  step: Step,
  segment: Segment,
  place: SegmentPlace,
  context: ExecuteContext,
  watch: BlockerWatch,
  guard: RowGuard,
): Promise<RawFailure | undefined> {
  const { begin, body, end } = step.ownTransactions
    ? ownTransaction(step.statements.slice(segment.from, segment.to))
    : { begin: undefined, body: step.statements.slice(segment.from, segment.to), end: 'commit' };
  const record = place.last
    ? recordDone(context, step, place.startedAt)
    : [...asOurselves(step), progressSql(context, step, segment.to, place.startedAt)];
  const commits = /^\s*(?:commit|end)\b(?!.*\bprepared\b)/i.test(end);
  seal(context);
  const outcome = await sendTransaction(context, watch, {
    step,
    prelude: preludeSql(context, {
      expectedRows: guard.rows,
      relaxCommit: place.relaxCommit,
      begin,
      ourselves: asOurselves(step),
    }),
    statements: body,
    record: commits ? record : [],
    end: commits ? 'commit' : end,
  })();
  unseal(context);
  if (!outcome.ok) return outcome;
  // The file rolls back, or prepares, what it did: the record of that must be kept all the same.
  if (!commits) await context.session.run(`begin;\n${record.join(';\n')};\ncommit`);
  return undefined;
}

/** The file's own BEGIN with its options, and its own end; COMMIT AND CHAIN is a plain commit, for the next segment begins anew. */
function ownTransaction(statements: readonly Statement[]): {
  begin: string | undefined;
  body: Statement[];
  end: string;
} {
  let begin: string | undefined;
  let end = 'commit';
  const body: Statement[] = [];
  for (const statement of statements) {
    const [parsed] = parseStatements(statement.text) ?? [];
    const control = parsed && transactionControl({ ...statement, kind: parsed.kind, node: parsed.node });
    if (control === 'begin') begin ??= statement.text;
    else if (control === 'end') end = statement.text;
    else body.push(statement);
  }
  return { begin, body, end };
}

/**
 * One statement outside of any transaction. It is noted before it starts: a run that is killed meanwhile cannot know
 * whether it finished, and the next one must look.
 */
async function runAlone(
  step: Step,
  segment: Segment,
  place: SegmentPlace,
  context: ExecuteContext,
  watch: BlockerWatch,
): Promise<RawFailure | undefined> {
  const { session } = context;
  const statement = step.statements[segment.from];
  if (!statement) return undefined;
  let work: ConcurrentWork | undefined;
  let ran = false;
  const begun = performance.now();
  try {
    work = await concurrentWork(context, step, statement);
    await session.run(alone(step, startingSql(context, step, statement.index, place.startedAt, work.detail)));
    const restore = await liftTimeouts(context);
    if (!(await work.prepare())) {
      watch.inProcess(context.pooled ? undefined : await backendPid(context));
      watch.starts(step.tag, statement.index);
      ran = true;
      await session.run(statement.text).finally(() => watch.idle());
      await work.verify();
    }
    await restore();
  } catch (error) {
    // A build that failed leaves an INVALID index, which slows every write and serves no read.
    if (work && !session.isClosed) await work.cleanUp().catch(() => {});
    const failed = ran ? isServersWord(error) : step.resume?.failed === true;
    return { error, statement, ...(work && { detail: { ...work.detail, ...(failed && { failed }) } }) };
  }
  const durationMs = performance.now() - begun;
  context.emit({
    type: 'statement-finished',
    tag: step.tag,
    index: statement.index,
    total: step.statements.length,
    durationMs,
  });
  try {
    await session.run(alone(step, progressSql(context, step, segment.to, place.startedAt)));
    return undefined;
  } catch (error) {
    return { error, detail: work.detail };
  }
}

/** A record of ours outside of a migration's transaction. */
function alone(step: Step, record: string): string {
  const ourselves = asOurselves(step);
  return ourselves.length === 0 ? record : ['begin', ...ourselves, record, 'commit'].join(';\n');
}

/** The server said that the statement failed. After a lost connection nobody knows whether it did. */
function isServersWord(error: unknown): boolean {
  return /^(?!08|57P)[0-9A-Z]{5}$/.test(postgresFacts(error).code);
}

function progressSql(context: ExecuteContext, step: Step, statementsDone: number, startedAt: Date): string {
  return insertLogSql(context.names, context.identity, {
    ...logOf(step),
    status: 'running',
    statementsDone,
    startedAt,
    statementHashes: hashesUpTo(step, statementsDone),
    ...detailOf(step),
  });
}

function startingSql(context: ExecuteContext, step: Step, index: number, startedAt: Date, detail: unknown): string {
  return insertLogSql(context.names, context.identity, {
    ...logOf(step),
    status: 'running',
    statementsDone: index,
    startedAt,
    statementHashes: hashesUpTo(step, index),
    ...detailOf(step, detail),
  });
}

/** A short lock_timeout would leave an INVALID index. Behind a pooler the setting would reach other clients, so it stays. */
async function liftTimeouts(context: ExecuteContext): Promise<() => Promise<void>> {
  const set = await context.session.rows<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('lock_timeout', 'statement_timeout', 'transaction_timeout') and setting <> '0'`,
  );
  if (set.length === 0) return async () => {};
  if (context.pooled) {
    const names = set.map(({ name, setting }) => `${name} = ${setting} ms`).join(', ');
    context.emit({
      type: 'notice',
      severity: 'WARNING',
      message: `The role has ${names}, which may abort a concurrent build, and a pooler stands in between: use the direct URL of the server for this migration.`,
    });
    return async () => {};
  }
  await context.session.run(set.map(({ name }) => `set ${name} = 0`).join('; '));
  return async () => {
    await context.session.run(set.map(({ name }) => `reset ${name}`).join('; ')).catch(() => {});
  };
}

async function backendPid({ session }: ExecuteContext): Promise<number> {
  return Number((await session.rows('select pg_backend_pid() as pid'))[0]?.pid);
}
