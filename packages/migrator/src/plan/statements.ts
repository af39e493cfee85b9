import type { Backfill, Finding, Segment, Statement, Step } from '../core/types.js';
import { type BackfillFault, isGuardOnly, readBackfill } from '../sql/backfill.js';
import { brokenIndexGuard } from '../sql/broken-index.js';
import { readDirectives } from '../sql/directives.js';
import { sessionEffect } from '../sql/session-state.js';
import { splitStatements } from '../sql/split.js';
import { copiesThroughClient, segmentStatements } from '../sql/transactions.js';

export interface PlannedStatements {
  readonly serverVersion: number | undefined;
  readonly statements: readonly Statement[];
  readonly segments: readonly Segment[];
  readonly ownTransactions: boolean;
  /** A COPY from or to the client, which no migration has. */
  readonly clientCopy: Statement | undefined;
  /** Of a file that is to run in batches: how, or why it cannot. */
  readonly backfill: Backfill | BackfillFault | undefined;
  /** Its SQL only keeps other tools from it: the backfill is in TypeScript. */
  readonly isGuard: boolean;
}

/** A run plans before and behind the lock; parsing is most of the work, and its syntax trees are too large to keep. */
const known = new WeakMap<{ readonly sql: string }, PlannedStatements>();

/** The statements of a file, cut into transactions. Remembered by the identity of `file`. Needs `loadParser`. */
export function readStatements(file: { readonly sql: string }, serverVersion: number | undefined): PlannedStatements {
  const before = known.get(file);
  if (before && before.serverVersion === serverVersion) return before;
  const parsed = splitStatements(file.sql);
  const directives = readDirectives(file.sql);
  const cut = segmentStatements(parsed, {
    noTransaction: directives.noTransaction,
    ...(serverVersion !== undefined && { serverVersion }),
  });
  const statements = parsed.map((statement) => {
    const { node: _, ...rest } = statement;
    const session = sessionEffect(statement);
    const guard = brokenIndexGuard(statement);
    return { ...rest, ...(session && { session }), ...(guard !== undefined && { before: guard }) };
  });
  const copy = parsed.find(copiesThroughClient);
  const read = {
    serverVersion,
    statements,
    ...cut,
    clientCopy: copy && statements[copy.index],
    backfill: directives.backfill && readBackfill(parsed, directives.backfill),
    isGuard: isGuardOnly(parsed, directives.backfill),
  };
  known.set(file, read);
  return read;
}

export function copyFinding(step: Step, statement: Statement): Finding {
  return {
    code: 'copy-needs-client',
    severity: 'error',
    tag: step.tag,
    at: { file: step.path, line: statement.line },
    message: `\`${step.tag}\` copies data from or to its client, and a migration has none.`,
    consequence: 'The server would wait for data that never come.',
    fix: "Write the rows as INSERT (`pg_dump --inserts` does), or let the server read a file: COPY … FROM '/path'.",
  };
}
