import { sha256 } from '../core/hash.js';
import type { Segment, Statement, Step } from '../core/types.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { statementError } from '../execute/statement-error.js';
import { isGuardOnly } from '../sql/backfill.js';
import { readDirectives } from '../sql/directives.js';
import { loadParser } from '../sql/parse.js';
import { type SyntaxStatement, splitStatements } from '../sql/split.js';
import { copiesThroughClient, segmentStatements, transactionControl } from '../sql/transactions.js';
import type { Replacement } from './shared-objects.js';
import type { ScratchMigration, StatementWatch } from './types.js';

export interface RunContext {
  readonly session: Session;
  readonly serverVersion: number;
  /** What runs in the place of a statement; see `shared-objects.ts`. */
  readonly replace: (statement: SyntaxStatement) => Replacement | undefined;
  /** Called when a replaced statement has been sent, in the order of the file. */
  readonly onReplaced: (replacement: Replacement) => void;
  /** Asked before each of many migrations. */
  readonly throwIfStopped: () => void;
  /** Sees every statement; then each waits for the one before. */
  readonly watch?: StatementWatch | undefined;
}

/**
 * Runs a migration as the engine does, without tracking: the same statements in the same transactions. What a failed one
 * leaves is what the engine would leave. Throws `statement-failed`.
 */
export async function runMigration(migration: ScratchMigration, context: RunContext): Promise<void> {
  await loadParser();
  await runRead(readMigration(migration, context), context);
}

/** A migration as it will run. */
interface ReadMigration {
  readonly step: Step;
  readonly statements: readonly SyntaxStatement[];
}

function readMigration(migration: ScratchMigration, { serverVersion }: RunContext): ReadMigration {
  const directives = readDirectives(migration.sql);
  const read = splitStatements(migration.sql);
  // Scratch has no rows for a backfill in TypeScript, and its SQL only keeps other tools from it.
  const statements = isGuardOnly(read, directives.backfill) ? [] : read;
  const { segments, ownTransactions } = segmentStatements(statements, {
    noTransaction: directives.noTransaction,
    serverVersion,
  });
  return { step: toStep(migration, statements, segments, ownTransactions), statements };
}

async function runRead({ step, statements }: ReadMigration, context: RunContext): Promise<void> {
  const { segments, ownTransactions } = step;
  const copy = statements.find(copiesThroughClient);
  if (copy) throw scratchError(new Error('it copies data from or to its client, and there is none'), step, copy);
  const { watch } = context;
  for (const segment of segments) {
    const part = statements.slice(segment.from, segment.to);
    if (watch) await runWatched(part, segment, step, context, watch);
    else await runSegment(part, segment.mode, step, context);
  }
  // COMMIT AND CHAIN leaves a transaction open.
  if (ownTransactions) await context.session.run('commit');
}

/** So many transactions are under way before the first of them is waited for. */
const AHEAD = 50;

/**
 * Runs migrations one behind the other, and sends the next while the server works: each that is one transaction does not
 * depend on what the one before answers. Throws the first failure; those sent behind it may have run.
 */
export async function runMigrations(migrations: readonly ScratchMigration[], context: RunContext): Promise<void> {
  await loadParser();
  let sent: Promise<unknown>[] = [];
  const wait = async () => {
    const answers = await Promise.all(sent);
    sent = [];
    for (const answer of answers) if (answer instanceof Failure) throw answer.cause;
  };
  for (const migration of migrations) {
    context.throwIfStopped();
    const read = readMigration(migration, context);
    const { segments, ownTransactions } = read.step;
    const isOne = segments.length === 1 && segments[0]?.mode === 'transaction' && !ownTransactions;
    if (!isOne || sent.length === AHEAD) await wait();
    const run = runRead(read, context).then(() => undefined, asFailure);
    sent.push(run);
    if (!isOne) await wait();
  }
  await wait();
}

/** All of it is sent before the first answer: after an error Postgres refuses the rest, and the commit rolls back. */
async function runSegment(
  statements: readonly SyntaxStatement[],
  mode: Segment['mode'],
  step: Step,
  { session, replace, onReplaced }: RunContext,
): Promise<void> {
  if (statements.length === 0) return;
  const { first, last } = endsOf(statements);
  const sent: { readonly statement?: Statement; readonly answer: Promise<unknown> }[] = [];
  const send = (text: string, statement?: Statement) =>
    sent.push({ ...(statement && { statement }), answer: session.run(text).then(() => undefined, asFailure) });
  if (mode === 'transaction' && first !== 'begin') send(BEGIN);
  for (const statement of statements) {
    const replacement = replace(statement);
    send(replacement?.text ?? statement.text, statement);
    if (replacement) onReplaced(replacement);
  }
  if (mode === 'transaction' && last !== 'end') send('commit');
  let failed: { readonly failure: Failure; readonly statement: Statement | undefined } | undefined;
  for (const { statement, answer } of sent) {
    const failure = await answer;
    if (failure instanceof Failure) failed ??= { failure, statement };
  }
  if (!failed) return;
  // A file's own COMMIT may stand behind the error; without one the session would stay in its failed transaction.
  await session.run('rollback').catch(() => {});
  throw scratchError(failed.failure.cause, step, failed.statement);
}

/** The same in the same order, one by one. */
async function runWatched(
  statements: readonly SyntaxStatement[],
  segment: Segment,
  step: Step,
  { session, replace, onReplaced }: RunContext,
  watch: StatementWatch,
): Promise<void> {
  const { first, last } = endsOf(statements);
  await watch.onSegment(segment);
  if (segment.mode === 'transaction' && first !== 'begin') await session.run(BEGIN);
  let current: Statement | undefined;
  try {
    for (const statement of statements) {
      current = statement;
      const replacement = replace(statement);
      await watch.around(statement, segment, async () => {
        await session.run(replacement?.text ?? statement.text);
        if (replacement) onReplaced(replacement);
      });
    }
    if (segment.mode === 'transaction' && last !== 'end') {
      current = undefined;
      await session.run('commit');
    }
  } catch (error) {
    await session.run('rollback').catch(() => {});
    throw scratchError(error, step, current);
  }
}

const BEGIN = 'begin isolation level read committed read write';

function endsOf(statements: readonly SyntaxStatement[]) {
  const [first, last] = [statements[0], statements.at(-1)].map(
    (statement) => statement && transactionControl(statement),
  );
  return { first, last };
}

/** Told from an answer by its class: a driver may reject with anything. */
class Failure {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

function asFailure(cause: unknown): Failure {
  return new Failure(cause);
}

/** As the engine would report it, but about a database that nobody has to mend. */
function scratchError(cause: unknown, step: Step, statement: Statement | undefined): MigratorError {
  const error = statementError(cause, step, statement, {
    state: 'It ran on a scratch database only; no other was touched.',
  });
  if (error.code === 'connection-lost') return error;
  const { message, where, detail, state, data } = error;
  const missing = /^extension "([^"]*)" is not available/.exec(cause instanceof Error ? cause.message : '')?.[1];
  return new MigratorError(error.code, {
    message,
    ...(where && { where }),
    ...(detail && { detail }),
    ...(state && { state }),
    fix: missing
      ? `Use a server that has the extension \`${missing}\` for scratch databases.`
      : `Correct ${step.path}.`,
    ...(data && { data }),
    cause,
  });
}

function toStep(
  { tag, path, sql }: ScratchMigration,
  statements: readonly Statement[],
  segments: readonly Segment[],
  ownTransactions: boolean,
): Step {
  const hash = sha256(sql);
  return { tag, path, sql, hash, when: 0, direction: 'up', statements, segments, startAt: 0, ownTransactions };
}
