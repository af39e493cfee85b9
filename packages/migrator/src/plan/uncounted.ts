import type { Plan } from '../core/types.js';
import { splitStatements } from '../sql/split.js';
import { type RangeVar, type SyntaxNode, stringsOf, tableOf } from '../sql/syntax.js';
import { keyOf, type TableName } from './name-trail.js';

/** A statement that may destroy rows that nobody can count beforehand. */
export interface Uncounted {
  readonly tag: string;
  /** Path of the down file. */
  readonly path: string;
  readonly line: number;
  /** Its first words: `DELETE`, `DROP SCHEMA … CASCADE`; of a query, the function that it calls: `SELECT forget()`. */
  readonly what: string;
}

type Registry = Required<TableName>;

/** `registry`: the table of parked drops, whose entries are no data. Pure; needs `loadParser`. */
export function uncountedOf({ steps }: Pick<Plan, 'steps'>, registry: Registry): Uncounted[] {
  return steps.flatMap((step) =>
    splitStatements(step.sql).flatMap(({ kind, node, line, index }) => {
      const what = index < step.startAt ? undefined : (uncounted(kind, node, registry) ?? within(kind, node, registry));
      return what === undefined ? [] : [{ tag: step.tag, path: step.path, line, what }];
    }),
  );
}

function uncounted(kind: string, node: SyntaxNode, registry: Registry): string | undefined {
  switch (kind) {
    case 'DeleteStmt':
      return keyOf(tableOf(node.relation as RangeVar)) === keyOf(registry) ? undefined : 'DELETE';
    case 'UpdateStmt':
      return 'UPDATE';
    case 'InsertStmt':
      return node.onConflictClause ? 'INSERT … ON CONFLICT' : undefined;
    case 'MergeStmt':
      return 'MERGE';
    case 'DoStmt':
      return 'DO';
    case 'CallStmt':
      return 'CALL';
    case 'DropStmt':
      if (node.behavior !== 'DROP_CASCADE') return undefined;
      return { OBJECT_SCHEMA: 'DROP SCHEMA … CASCADE', OBJECT_TYPE: 'DROP TYPE … CASCADE' }[String(node.removeType)];
    case 'DropOwnedStmt':
      return 'DROP OWNED';
    case 'Unparsed':
    case 'TooLarge':
      return 'a statement that cannot be read';
    default:
      return undefined;
  }
}

const QUERIES: readonly string[] = ['SelectStmt', 'InsertStmt', 'DeleteStmt', 'CreateTableAsStmt', 'ExplainStmt'];

/** What a query does besides: `WITH gone AS (DELETE …) SELECT …`, and functions, which may do anything. */
function within(kind: string, node: SyntaxNode, registry: Registry): string | undefined {
  return QUERIES.includes(kind) ? search(node, registry) : undefined;
}

function search(value: unknown, registry: Registry): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const found =
      (isNode(child) ? (key === 'FuncCall' ? called(child) : uncounted(key, child, registry)) : undefined) ??
      search(child, registry);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function called({ funcname }: SyntaxNode): string | undefined {
  const parts = stringsOf(funcname);
  const [schema, name = ''] = parts.length > 1 ? parts : [undefined, parts[0]];
  const isBuiltIn = schema === 'pg_catalog' || (schema === undefined && (HARMLESS.has(name) || name.startsWith('pg_')));
  return isBuiltIn ? undefined : `SELECT ${parts.join('.')}()`;
}

/** Functions of Postgres that ways back use, and that touch no rows. */
const HARMLESS: ReadonlySet<string> = new Set(
  `setval nextval currval lastval set_config current_setting now clock_timestamp to_regclass to_regtype to_regproc
   count max min sum avg bool_and bool_or array_agg string_agg json_agg jsonb_agg jsonb_build_object json_build_object
   lower upper trim btrim replace concat concat_ws format length substring left right split_part regexp_replace md5
   round floor ceil abs random gen_random_uuid date_trunc extract to_char to_date to_timestamp to_jsonb row_number
   generate_series unnest`
    .trim()
    .split(/\s+/),
);
