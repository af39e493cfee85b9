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
  const place = statement && placeOf(step.sql, statement, facts);
  const blockers = options.blockers ?? [];
  const timedOut = facts.code === '55P03';
  return new MigratorError(timedOut ? 'lock-timeout' : 'statement-failed', {
    message: timedOut
      ? `\`${step.tag}\` could not get a lock in ${options.attempts ?? 1} attempts: ${facts.message}.`
      : `\`${step.tag}\` failed${statement ? ` in statement ${statement.index + 1} of ${step.statements.length}` : ''}: ${facts.message}${facts.code ? ` (${facts.code})` : ''}`,
    where: place ? `${shownPath(step)}:${place.line}:${place.column}` : shownPath(step),
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
    state: `Whether \`${step.tag}\` was still ${step.direction === 'up' ? 'committed' : 'rolled back'} cannot be told from here.`,
    fix: `Once the server is back, \`migrator status\` shows what is applied, and \`${commandOf(step)}\` goes on from there.`,
    data: { tag: step.tag, ...(statement && { statement: statement.index + 1 }) },
    cause,
  });
}

function historyMoved(cause: unknown, step: Step, state: string): MigratorError {
  return new MigratorError('history-moved', {
    message: `Somebody else has changed the tracking table during the run; \`${step.tag}\` was not run.`,
    where: step.path,
    state,
    fix: `Run \`migrator status\` to see what is applied now, and \`${commandOf(step)}\` again.`,
    cause,
  });
}

function fixFor(code: string, step: Step, blockers: readonly SessionInfo[]): string {
  switch (code) {
    case '55P03':
      return blockers[0]
        ? `End that session's transaction (\`select pg_terminate_backend(${blockers[0].pid})\`) or wait for it, then run \`${commandOf(step)}\` again; \`--lock-retries\` tries longer.`
        : `Run \`${commandOf(step)}\` again at a quieter time; \`--lock-retries\` tries longer.`;
    case '25001':
    case '2D000':
    case '55P04':
      if (step.source === 'log') break;
      return `Add \`-- migrator: no-transaction\` as the first line of ${step.path}: it then runs statement by statement.`;
    case '42501':
      return 'Run it as a role that owns the objects, or grant that right to this one.';
    case '42P07':
    case '42710':
    case '42701':
      if (step.direction === 'down') break;
      return `The object exists already: somebody made it by hand, or a migration was generated twice. If the database has all that the migration makes, run \`migrator repair --mark-applied ${step.tag}\`; if it has only this, write the statement with IF NOT EXISTS.`;
    case '42P01':
    case '42704':
    case '42703':
      if (step.direction === 'down') break;
      return 'Something the statement needs is not there. Check whether an earlier migration was skipped: `migrator status`.';
  }
  return step.source === 'log'
    ? `This way back is the one that the log kept. Write a correct one into ${step.path} and run \`migrator rollback --use-files\`.`
    : `Correct ${step.path} and run \`${commandOf(step)}\` again.`;
}

/** The text that ran is not always that of the file. */
function shownPath({ path, source }: Step): string {
  return source === 'log' ? `${path} (as the log kept it)` : path;
}

/** What to type for a step of its kind to be run again. */
export function commandOf({ direction, tag, replacesRow }: Step): string {
  if (direction === 'down') return 'migrator rollback';
  return replacesRow === undefined ? 'migrator migrate' : `migrator migrate --force ${tag}`;
}

function placeOf(sql: string, statement: Statement, facts: PostgresFacts): { line: number; column: number } {
  const { position } = facts;
  const within =
    position === undefined ? offsetInBody(statement, facts) : unitsOf(statement.text, Number(position) - 1);
  const offset = statement.offset + within;
  const before = sql.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** Of an error in a DO block Postgres tells the line of its body, which begins where the dollar quote does. */
function offsetInBody({ kind, text }: Statement, { where }: PostgresFacts): number {
  const line = kind === 'DoStmt' ? /\binline_code_block line (\d+) at /.exec(where ?? '')?.[1] : undefined;
  const quote = /\$\w*\$/.exec(text);
  if (line === undefined || !quote) return 0;
  const lines = text
    .slice(quote.index + quote[0].length)
    .split('\n')
    .slice(0, Number(line));
  const start = quote.index + quote[0].length + lines.slice(0, -1).join('\n').length + (lines.length > 1 ? 1 : 0);
  return start + (/\S/.exec(lines.at(-1) ?? '')?.index ?? 0);
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
