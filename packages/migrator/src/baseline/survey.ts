import type { ScratchMigration } from '../scratch/index.js';
import { parseStatements } from '../sql/parse.js';
import { splitStatements } from '../sql/split.js';

/** A statement whose effect no catalog shows. */
export interface Unseen {
  readonly tag: string;
  readonly path: string;
  /** Counting from 1. */
  readonly line: number;
  /** `rows`: it writes rows. `effect`: it may do anything. */
  readonly what: 'rows' | 'effect';
  /** Its beginning, on one line. */
  readonly text: string;
}

export interface Survey {
  readonly unseen: readonly Unseen[];
  /** Statements about roles, which belong to the server: they are kept as they are. */
  readonly roles: readonly string[];
}

const ROWS = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CopyStmt', 'TruncateStmt']);

const ROLES = new Set(['CreateRoleStmt', 'AlterRoleStmt', 'AlterRoleSetStmt', 'GrantRoleStmt', 'DropRoleStmt']);

/** What a catalog shows all of, or what leaves nothing behind. */
const SEEN = new Set([
  ...['CreateStmt', 'AlterTableStmt', 'IndexStmt', 'CreateSchemaStmt', 'CreateEnumStmt', 'AlterEnumStmt', 'DropStmt'],
  ...['CreateDomainStmt', 'AlterDomainStmt', 'CompositeTypeStmt', 'CreateRangeStmt', 'AlterTypeStmt', 'ViewStmt'],
  ...['CreateFunctionStmt', 'AlterFunctionStmt', 'CreateTrigStmt', 'RuleStmt', 'CreatePolicyStmt', 'AlterPolicyStmt'],
  ...['CreateSeqStmt', 'AlterSeqStmt', 'CreateExtensionStmt', 'AlterExtensionStmt', 'AlterExtensionContentsStmt'],
  ...['RenameStmt', 'AlterObjectSchemaStmt', 'AlterObjectDependsStmt', 'CommentStmt', 'GrantStmt', 'CreateStatsStmt'],
  ...['AlterDefaultPrivilegesStmt', 'AlterStatsStmt', 'CreatePublicationStmt', 'AlterPublicationStmt'],
  ...['CreateEventTrigStmt', 'AlterEventTrigStmt', 'RefreshMatViewStmt', 'TransactionStmt', 'VariableSetStmt'],
  ...['VariableShowStmt', 'VacuumStmt', 'ReindexStmt', 'ClusterStmt', 'LockStmt', 'ConstraintsSetStmt', 'DiscardStmt'],
]);

/** Looks through the files for what a catalog cannot express. Pure; needs `loadParser`. */
export function survey(migrations: readonly ScratchMigration[]): Survey {
  const unseen: Unseen[] = [];
  const roles: string[] = [];
  for (const { tag, path, sql } of migrations) {
    for (const { text, line, kind } of splitStatements(sql)) {
      const node = parseStatements(text)?.[0]?.node ?? {};
      if (ROLES.has(kind)) roles.push(text);
      const what = whatOf(kind, node, text);
      if (what) unseen.push({ tag, path, line, what, text: shortened(text) });
    }
  }
  return { unseen, roles };
}

function whatOf(kind: string, node: Readonly<Record<string, unknown>>, text: string): Unseen['what'] | undefined {
  if (ROWS.has(kind)) return 'rows';
  if (SEEN.has(kind) || ROLES.has(kind)) return undefined;
  if (kind === 'CreateTableAsStmt') return node.objtype === 'OBJECT_MATVIEW' ? undefined : 'rows';
  if (kind === 'DefineStmt' && node.kind === 'OBJECT_AGGREGATE') return undefined;
  return kind === 'DoStmt' && !doesMore(text) ? undefined : 'effect';
}

/** Whether a block does more than DDL: drizzle-kit of old wrapped every type and foreign key in one. */
function doesMore(block: string): boolean {
  const text = block
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\bon\s+(?:delete|update)\b/gi, ' ')
    .replace(/\b(?:if\s+not\s+exists|if\s+exists|not\s+exists|exists)\s*\(\s*select\b/gi, ' ')
    .replace(/\bexecute\s+(?:function|procedure)\b/gi, ' ');
  return /\b(?:insert|update|delete|merge|copy|truncate|perform|execute|call|select)\b/i.test(text);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
