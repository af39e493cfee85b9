import type { SessionInfo, Statement, Step } from '../core/types.js';
import { isConnectionLost } from '../database/connection-error.js';
import { describeSession } from '../database/session-info.js';
import { MigratorError } from '../errors/migrator-error.js';
import { sourceExcerpt } from '../errors/source-excerpt.js';
import { isHistoryMoved } from './prelude.js';

interface PostgresFacts {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  readonly position?: string;
}

/** One failed statement as an error that points into the file: the lines around it with a caret, code, detail and hint. */
export function statementError(
  cause: unknown,
  step: Step,
  statement: Statement | undefined,
  options: { readonly state: string; readonly blockers?: readonly SessionInfo[]; readonly attempts?: number },
): MigratorError {
  const facts = postgresFacts(cause);
  if (isConnectionLost(cause)) return lostDuring(cause, step, statement);
  if (isHistoryMoved(cause)) return historyMoved(cause, step, options.state);
  const place = statement && placeOf(step.sql, statement, facts.position);
  const blockers = options.blockers ?? [];
  const timedOut = facts.code === '55P03';
  return new MigratorError(timedOut ? 'lock-timeout' : 'statement-failed', {
    message: timedOut
      ? `\`${step.tag}\` could not get a lock in ${options.attempts ?? 1} attempts: ${facts.message}.`
      : `\`${step.tag}\` failed${statement ? ` in statement ${statement.index + 1} of ${step.statements.length}` : ''}: ${facts.message}${facts.code ? ` (${facts.code})` : ''}`,
    where: place ? `${step.path}:${place.line}:${place.column}` : step.path,
    detail: [
      place && sourceExcerpt(step.sql, place),
      facts.detail && `Detail: ${facts.detail}`,
      facts.hint && `Hint: ${facts.hint}`,
      facts.where && `Context: ${facts.where}`,
      ...blockers.map((session) => `Blocked by ${describeSession(session)}`),
    ]
      .filter(Boolean)
      .join('\n'),
    state: options.state,
    fix: fixFor(facts.code, step, blockers),
    data: {
      tag: step.tag,
      ...(statement && { statement: statement.index + 1 }),
      ...(place && { line: place.line, column: place.column }),
      sqlstate: facts.code,
      ...(blockers.length > 0 && { blockers }),
    },
    cause,
  });
}

/** Its COMMIT was sent along with the statements, so nobody here can know whether it happened. */
function lostDuring(cause: unknown, step: Step, statement: Statement | undefined): MigratorError {
  return new MigratorError('connection-lost', {
    message: `The connection to the server was lost during \`${step.tag}\`${statement ? `, statement ${statement.index + 1} of ${step.statements.length}` : ''}: ${postgresFacts(cause).message}`,
    where: statement ? `${step.path}:${statement.line}` : step.path,
    state: `Whether \`${step.tag}\` was still committed cannot be told from here.`,
    fix: 'Once the server is back, `migrator status` shows what is applied, and `migrator migrate` goes on from there.',
    data: { tag: step.tag, ...(statement && { statement: statement.index + 1 }) },
    cause,
  });
}

function historyMoved(cause: unknown, step: Step, state: string): MigratorError {
  return new MigratorError('history-moved', {
    message: `Somebody else has changed the tracking table during the run; \`${step.tag}\` was not run.`,
    where: step.path,
    state,
    fix: 'Run `migrator status` to see what is applied now, and `migrator migrate` again.',
    cause,
  });
}

function fixFor(code: string, step: Step, blockers: readonly SessionInfo[]): string {
  switch (code) {
    case '55P03':
      return blockers[0]
        ? `End that session's transaction (\`select pg_terminate_backend(${blockers[0].pid})\`) or wait for it, then run \`migrator migrate\` again; \`--lock-retries\` tries longer.`
        : 'Run `migrator migrate` again at a quieter time; `--lock-retries` tries longer.';
    case '25001':
      return `Add \`-- migrator: no-transaction\` as the first line of ${step.path}: it then runs statement by statement.`;
    case '42501':
      return 'Run it as a role that owns the objects, or grant that right to this one.';
    case '42P07':
    case '42710':
    case '42701':
      return 'The object exists already: somebody made it by hand, or a migration was generated twice. If it is as the migration would make it, write the statement with IF NOT EXISTS.';
    case '42P01':
    case '42704':
    case '42703':
      return 'Something the statement needs is not there. Check whether an earlier migration was skipped: `migrator status`.';
    default:
      return `Correct ${step.path} and run \`migrator migrate\` again.`;
  }
}

function placeOf(sql: string, statement: Statement, position: string | undefined): { line: number; column: number } {
  const offset = statement.offset + (position === undefined ? 0 : unitsOf(statement.text, Number(position) - 1));
  const before = sql.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** Postgres counts code points, JavaScript UTF-16 units. */
function unitsOf(text: string, points: number): number {
  let units = 0;
  for (const point of text) {
    if (points <= 0) break;
    units += point.length;
    points -= 1;
  }
  return units;
}

export function postgresFacts(cause: unknown): PostgresFacts {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  const fields = cause as Error & Partial<Record<'code' | 'detail' | 'hint' | 'where' | 'position', string>>;
  return {
    code: fields.code ?? '',
    message: cause.message,
    ...(fields.detail && { detail: fields.detail }),
    ...(fields.hint && { hint: fields.hint }),
    ...(fields.where && { where: fields.where }),
    ...(fields.position && { position: fields.position }),
  };
}
