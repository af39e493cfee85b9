import type { Finding, Severity } from '../core/types.js';
import { type Blocking, blockingOf } from './blocking.js';
import type { TableSizes } from './estimate.js';
import type { Rehearsal, RehearsedStatement } from './types.js';
import { describeBlocking, sqlMode } from './words.js';

/** What a rehearsal has shown to make others wait as long as a table is large, and what a failed build would leave behind. */
export function rehearsalFindings(rehearsal: Rehearsal, sizes?: TableSizes): Finding[] {
  return [
    ...blockingOf(rehearsal, sizes).flatMap((blocking) => blockingFinding(rehearsal, blocking)),
    ...rehearsal.statements.flatMap((statement) => invalidFindings(rehearsal, statement)),
  ];
}

/** Nobody notices a pause of less than a second; half a minute fills every pool of connections. */
function severityOf({ seconds }: Blocking): Severity {
  if (seconds === undefined) return 'warning';
  return seconds < 1 ? 'info' : seconds < 30 ? 'warning' : 'error';
}

function blockingFinding({ tag, path, statements }: Rehearsal, blocking: Blocking): Finding[] {
  if (blocking.work.length === 0) return [];
  const by = statements.find(({ index }) => index === blocking.statement);
  if (!by) return [];
  return [
    {
      code: 'rehearsal-blocks',
      severity: severityOf(blocking),
      tag,
      at: { file: path, line: by.line, column: 1 },
      message: `${describeBlocking(blocking, statements)}.`,
      consequence: `Until the ${by.mode === 'transaction' ? 'commit' : 'end of the statement'}, ${blocking.blocks} of ${blocking.table} wait, and everything queues behind them.`,
      fix: fixOf(blocking, by),
    },
  ];
}

function fixOf({ work, table, mode }: Blocking, by: RehearsedStatement): string {
  const own = work.some(({ statement }) => statement === by.index);
  if (!own) {
    return `Take ${sqlMode(mode)} on ${table} last, or move the statements behind it to a migration of their own: then it is held for a moment only.`;
  }
  const rewritten = work.find(({ statement, action }) => statement === by.index && action === 'rewritten');
  return rewritten
    ? `Add a new column or table beside it, fill it in batches, and switch over: then ${rewritten.table} is not written anew under a lock.`
    : 'Use the form that does not block: CREATE INDEX CONCURRENTLY, or a constraint that is NOT VALID first and validated in a migration of its own.';
}

function invalidFindings({ tag, path }: Rehearsal, { line, invalidIndexes }: RehearsedStatement): Finding[] {
  return invalidIndexes.map((index) => ({
    code: 'invalid-index-left',
    severity: 'warning',
    tag,
    at: { file: path, line, column: 1 },
    message: `The migration leaves the index ${index} INVALID.`,
    consequence: 'Queries do not use it, and every write pays for it.',
    fix: `Drop it and build it again: \`DROP INDEX CONCURRENTLY ${index}\`.`,
  }));
}
