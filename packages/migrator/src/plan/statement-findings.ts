import type { Finding, Migration } from '../core/types.js';
import { type SyntaxStatement, splitStatements } from '../sql/split.js';

interface TrackingTable {
  readonly schema: string;
  readonly table: string;
}

/** What single statements do beyond the schema of their database. Pure. Needs `loadParser`. */
export function statementFindings(migrations: readonly Migration[], tracking: TrackingTable): Finding[] {
  return migrations.flatMap((migration) =>
    splitStatements(migration.file?.sql ?? '').flatMap(
      (statement) =>
        touchesTracking(migration, statement, tracking) ??
        serverWide(migration, statement) ??
        clockDependent(migration, statement) ??
        [],
    ),
  );
}

function placeOf({ tag, path }: Migration, { line }: SyntaxStatement) {
  return { tag, at: { file: path, line } } as const;
}

function touchesTracking(
  migration: Migration,
  statement: SyntaxStatement,
  { schema, table }: TrackingTable,
): Finding | undefined {
  const { kind, text, node } = statement;
  // The tree has no comments.
  if (kind === 'SelectStmt' || !text.includes(table) || !JSON.stringify(node).includes(table)) return undefined;
  return {
    code: 'touches-tracking',
    severity: 'warning',
    ...placeOf(migration, statement),
    message: `\`${migration.tag}\` touches the tracking table ${schema}.${table}.`,
    consequence:
      'What is applied can no longer be told from the rows. On a new database drizzle-kit has written no row yet when it runs, on a migrated one all before it are there: the two end up different, and what has lost its row may run again or be skipped for ever.',
    fix: 'Take the statement out, unless it is applied somewhere as it is; rows are put right by `migrator repair` (`--mark-applied`, `--mark-unapplied`, `--forget`).',
  };
}

const SERVER_WIDE: Readonly<Record<string, string>> = {
  CreateRoleStmt: 'a role',
  CreatedbStmt: 'a database',
  CreateTableSpaceStmt: 'a tablespace',
};

function serverWide(migration: Migration, statement: SyntaxStatement): Finding | undefined {
  const what = SERVER_WIDE[statement.kind];
  if (what === undefined) return undefined;
  return {
    code: 'server-wide-object',
    severity: 'info',
    ...placeOf(migration, statement),
    message: `\`${migration.tag}\` makes ${what}, which belongs to the whole server, and does not ask whether it is there.`,
    consequence:
      'On the first database of a server it works; on its second one Postgres refuses it, with drizzle-kit as well, and so does a new database beside a migrated one.',
    fix:
      statement.kind === 'CreateRoleStmt'
        ? 'Put it into `DO $$ BEGIN CREATE ROLE …; EXCEPTION WHEN duplicate_object THEN NULL; END $$`, or make the role outside of the migrations.'
        : 'Make it outside of the migrations.',
  };
}

const CLOCK = /\b(?:now\s*\(|clock_timestamp\s*\(|current_date\b|current_timestamp\b|localtimestamp\b)/i;

/** Names and bounds that are put together from the time, to be run as DDL. */
function clockDependent(migration: Migration, statement: SyntaxStatement): Finding | undefined {
  const { kind, text, node } = statement;
  const isDynamic = kind === 'DoStmt' && /\bexecute\b/i.test(text) && /\b(?:create|alter|drop)\b/i.test(text);
  const bound =
    kind === 'CreateStmt' && node.partbound !== undefined ? /\bfor\s+values\b[\s\S]*$/i.exec(text)?.[0] : '';
  if (!CLOCK.test(isDynamic ? text : (bound ?? ''))) return undefined;
  return {
    code: 'clock-dependent',
    severity: 'info',
    ...placeOf(migration, statement),
    message: `What \`${migration.tag}\` makes depends on the day on which it runs.`,
    consequence:
      'A database made today has other tables than one that was migrated long ago; neither drizzle-kit nor a comparison of the two can tell that from a fault.',
    fix: 'Nothing to do where that is meant. Otherwise write the dates down, or leave such partitions to a job of the application.',
  };
}
