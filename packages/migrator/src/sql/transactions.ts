import type { Segment } from '../core/types.js';
import type { SyntaxStatement } from './split.js';

/**
 * Says why Postgres refuses a statement inside a transaction block, or undefined where it does not.
 * Source: every `PreventInTransactionBlock` of PostgreSQL 12 to 18.
 */
export function refusedInTransaction({ kind, node, text }: SyntaxStatement): string | undefined {
  switch (kind) {
    case 'IndexStmt':
      return node.concurrent ? 'CREATE INDEX CONCURRENTLY' : undefined;
    case 'DropStmt':
      return node.concurrent ? 'DROP INDEX CONCURRENTLY' : undefined;
    case 'ReindexStmt':
      if (hasOption(node.params, 'concurrently')) return 'REINDEX CONCURRENTLY';
      return ['REINDEX_OBJECT_SCHEMA', 'REINDEX_OBJECT_SYSTEM', 'REINDEX_OBJECT_DATABASE'].includes(String(node.kind))
        ? 'REINDEX of a schema or database'
        : undefined;
    case 'AlterTableStmt':
      return commandsOf(node).some((command) => command.subtype === 'AT_DetachPartition' && isConcurrentDetach(command))
        ? 'DETACH PARTITION CONCURRENTLY'
        : undefined;
    case 'VacuumStmt':
      return node.is_vacuumcmd ? 'VACUUM' : undefined;
    case 'ClusterStmt':
      return node.relation ? undefined : 'CLUSTER of all tables';
    case 'CreatedbStmt':
      return 'CREATE DATABASE';
    case 'DropdbStmt':
      return 'DROP DATABASE';
    case 'AlterDatabaseStmt':
      return hasOption(node.options, 'tablespace') ? 'ALTER DATABASE SET TABLESPACE' : undefined;
    case 'CreateTableSpaceStmt':
      return 'CREATE TABLESPACE';
    case 'DropTableSpaceStmt':
      return 'DROP TABLESPACE';
    case 'AlterSystemStmt':
      return 'ALTER SYSTEM';
    case 'CreateSubscriptionStmt':
      return isSwitchedOff(node.options, 'create_slot') || isSwitchedOff(node.options, 'connect')
        ? undefined
        : 'CREATE SUBSCRIPTION';
    case 'AlterSubscriptionStmt':
      return /REFRESH|_PUBLICATION$/.test(String(node.kind)) && !isSwitchedOff(node.options, 'refresh')
        ? 'ALTER SUBSCRIPTION'
        : undefined;
    case 'DropSubscriptionStmt':
      return 'DROP SUBSCRIPTION';
    case 'DiscardStmt':
      return node.target === 'DISCARD_ALL' ? 'DISCARD ALL' : undefined;
    case 'DoStmt':
      return ENDS_TRANSACTION.test(withoutSqlComments(text)) ? 'DO with COMMIT or ROLLBACK' : undefined;
    case 'Unparsed':
      return /\b(?:concurrently|vacuum)\b/i.test(withoutSqlComments(text))
        ? 'a statement that the parser cannot read'
        : undefined;
    default:
      return undefined;
  }
}

/**
 * COMMIT or ROLLBACK as a statement of PL/pgSQL, or as the call of another language. Not the words alone: ON COMMIT DROP,
 * or a message that says "commit", would tear a file apart that needs its one transaction.
 */
const ENDS_TRANSACTION =
  /(?:[;>]|\b(?:begin|then|else|loop))\s*(?:commit|rollback)\b(?:\s+and\s+(?:no\s+)?chain)?\s*;|\b(?:plpy\.|spi_)(?:commit|rollback)\b/i;

/** COPY FROM STDIN and COPY TO STDOUT, which exchange data with the client. */
export function copiesThroughClient({ kind, node }: SyntaxStatement): boolean {
  return kind === 'CopyStmt' && !node.filename;
}

/** What BEGIN, COMMIT and their kin do when a file writes them itself; undefined for any other statement. */
export function transactionControl({ kind, node }: SyntaxStatement): 'begin' | 'end' | 'inside' | undefined {
  if (kind !== 'TransactionStmt') return undefined;
  switch (node.kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return 'begin';
    case 'TRANS_STMT_SAVEPOINT':
    case 'TRANS_STMT_RELEASE':
    case 'TRANS_STMT_ROLLBACK_TO':
      return 'inside';
    default:
      return 'end';
  }
}

/**
 * Cuts a migration into segments. The usual file is one transaction. A file with a statement that Postgres refuses there
 * runs statement by statement. An enum value that is added and used in one file needs a commit between the two.
 */
export function segmentStatements(
  statements: readonly SyntaxStatement[],
  options: { readonly noTransaction?: boolean; readonly serverVersion?: number } = {},
): { segments: Segment[]; ownTransactions: boolean } {
  const total = statements.length;
  if (statements.some((statement) => ['begin', 'end'].includes(transactionControl(statement) ?? ''))) {
    return { segments: segmentsOfOwnTransactions(statements), ownTransactions: true };
  }
  const refusals = statements.map((statement) => refusedBy(statement, options.serverVersion));
  if (options.noTransaction || refusals.some(Boolean)) {
    // What may run in a transaction gets one of its own, so that it and its progress record happen exactly once.
    const segments = statements.map((statement, index): Segment => {
      const refusal = refusals[index];
      const reason = refusal
        ? `${refusal} cannot run in a transaction`
        : options.noTransaction
          ? 'the directive `no-transaction`'
          : undefined;
      const alone = refusal !== undefined || (options.noTransaction === true && mayCommit(statement));
      return { mode: alone ? 'autocommit' : 'transaction', from: index, to: index + 1, ...(reason && { reason }) };
    });
    return { segments, ownTransactions: false };
  }
  const cuts = enumCuts(statements);
  const starts = [0, ...cuts.map(({ at }) => at)];
  const segments = starts.map(
    (from, n): Segment => ({
      mode: 'transaction',
      from,
      to: starts[n + 1] ?? total,
      ...(n > 0 && { reason: cuts[n - 1]?.reason ?? '' }),
    }),
  );
  return { segments, ownTransactions: false };
}

/** Code that may end transactions itself, which Postgres allows only outside of a transaction block. */
function mayCommit({ kind }: SyntaxStatement): boolean {
  return kind === 'CallStmt' || kind === 'DoStmt' || kind === 'Unparsed';
}

/** Before PostgreSQL 12, ALTER TYPE … ADD VALUE itself was refused in a transaction. */
function refusedBy(statement: SyntaxStatement, serverVersion = 18): string | undefined {
  if (serverVersion < 12 && addedEnumValue(statement)) return 'ALTER TYPE … ADD VALUE';
  return refusedInTransaction(statement);
}

/**
 * A file that writes its own BEGIN and COMMIT: what stands before its first COMMIT was written for drizzle's transaction
 * and gets one of ours; what stands between a COMMIT and the next BEGIN commits by itself.
 */
function segmentsOfOwnTransactions(statements: readonly SyntaxStatement[]): Segment[] {
  const segments: Segment[] = [];
  const first = statements.find((statement) => ['begin', 'end'].includes(transactionControl(statement) ?? ''));
  let open: number | undefined = first && transactionControl(first) === 'end' ? 0 : undefined;
  statements.forEach((statement, index) => {
    const control = transactionControl(statement);
    if (control === 'begin' && open === undefined) open = index;
    else if (control === 'end') {
      segments.push({
        mode: 'transaction',
        from: open ?? index,
        to: index + 1,
        reason: 'the file ends its transaction here',
      });
      open = undefined;
    } else if (open === undefined) {
      // A transaction of its own commits by itself just as well, and takes its progress record with it.
      const mode = refusedInTransaction(statement) ? 'autocommit' : 'transaction';
      segments.push({ mode, from: index, to: index + 1, reason: 'the file has left its transaction' });
    }
  });
  if (open !== undefined) segments.push({ mode: 'transaction', from: open, to: statements.length });
  return segments;
}

/** Where Postgres demands a commit: before the first statement that mentions an enum value added earlier in the same transaction. */
function enumCuts(statements: readonly SyntaxStatement[]): { at: number; reason: string }[] {
  const cuts: { at: number; reason: string }[] = [];
  let fresh: string[] = [];
  const createdTypes = new Set<string>();
  for (const statement of statements) {
    const used = fresh.find((value) => mentions(statement, value));
    if (used !== undefined) {
      cuts.push({ at: statement.index, reason: `the new enum value '${used}' must be committed before it is used` });
      fresh = [];
      createdTypes.clear();
    }
    if (statement.kind === 'CreateEnumStmt') createdTypes.add(fullName(statement.node.typeName));
    const added = addedEnumValue(statement);
    // A type made in this transaction may be used at once.
    if (added && !createdTypes.has(added.type)) fresh.push(added.value);
  }
  return cuts;
}

export function addedEnumValue({ kind, node }: SyntaxStatement): { type: string; value: string } | undefined {
  if (kind !== 'AlterEnumStmt' || node.oldVal || typeof node.newVal !== 'string') return undefined;
  return { type: fullName(node.typeName), value: node.newVal };
}

/** Literals count, also inside function and DO bodies; a comment that names the value costs only a needless commit. */
function mentions(statement: SyntaxStatement, value: string): boolean {
  if (statement.kind === 'AlterEnumStmt') return false;
  return (
    statement.text.includes(`'${value.replaceAll("'", "''")}'`) ||
    JSON.stringify(statement.node).includes(`"sval":${JSON.stringify(value)}`)
  );
}

function commandsOf(
  node: Readonly<Record<string, unknown>>,
): { subtype?: string; def?: { PartitionCmd?: { concurrent?: boolean } } }[] {
  const commands = (node.cmds ?? []) as { AlterTableCmd?: { subtype?: string } }[];
  return commands.flatMap(({ AlterTableCmd }) => (AlterTableCmd ? [AlterTableCmd] : []));
}

function isConcurrentDetach(command: { def?: { PartitionCmd?: { concurrent?: boolean } } }): boolean {
  return command.def?.PartitionCmd?.concurrent === true;
}

interface DefElem {
  readonly DefElem?: { readonly defname?: string; readonly arg?: unknown };
}

function hasOption(options: unknown, name: string): boolean {
  return ((options ?? []) as DefElem[]).some(({ DefElem }) => DefElem?.defname === name && !isFalse(DefElem.arg));
}

function isSwitchedOff(options: unknown, name: string): boolean {
  return ((options ?? []) as DefElem[]).some(({ DefElem }) => DefElem?.defname === name && isFalse(DefElem.arg));
}

function isFalse(arg: unknown): boolean {
  const text = JSON.stringify(arg ?? '').toLowerCase();
  return /"(?:false|off|0)"|"boolval":\{\}|"ival":\{\}/.test(text);
}

/** As it is written: `public.m` and `m` may be two. */
function fullName(names: unknown): string {
  return JSON.stringify(((names ?? []) as { String?: { sval?: string } }[]).map((part) => part.String?.sval));
}

function withoutSqlComments(text: string): string {
  return text.replace(/--[^\n]*/g, ' ').replace(/\/\*[\s\S]*?\*\//g, ' ');
}
