import type { Plan, Step } from '../core/types.js';
import { splitStatements } from '../sql/split.js';

/** A table of the database, as it is called there now. Without a schema it is found by the search path. */
export interface TableName {
  readonly schema?: string;
  readonly table: string;
}

/** Something that is to be counted before a rollback may run. */
export interface Question {
  readonly tag: string;
  /** `dropped`: its rows, or the values of its column, would be lost. `required`: each row must have a value by then. */
  readonly about: 'dropped' | 'required';
  readonly table: TableName;
  readonly column?: string;
  /** For people, as the down file calls it: `public.songs.title`. */
  readonly name: string;
  /** Line of the statement in the down file. */
  readonly line: number;
}

/**
 * What the statements of a rollback would destroy, and what they demand of the rows: DROP TABLE and TRUNCATE, DROP COLUMN,
 * SET NOT NULL. Names are followed back through renames, because the rows are counted before anything runs. What is parked, or
 * brought back from where it was parked, loses nothing. Pure; needs `loadParser`.
 */
export function questionsOf({ steps }: Pick<Plan, 'steps'>): Question[] {
  const trail = new NameTrail();
  return steps.flatMap((step) => questionsOfStep(step, trail));
}

/** A statement that may destroy rows that nobody can count beforehand. */
export interface Uncounted {
  readonly tag: string;
  /** Path of the down file. */
  readonly path: string;
  readonly line: number;
  /** Its first words: `DELETE`, `DROP SCHEMA … CASCADE`. */
  readonly what: string;
}

/** `registry`: the table of parked drops, whose entries are no data. Pure; needs `loadParser`. */
export function uncountedOf(
  { steps }: Pick<Plan, 'steps'>,
  registry: { readonly schema: string; readonly table: string },
): Uncounted[] {
  return steps.flatMap((step) =>
    splitStatements(step.sql).flatMap(({ kind, node, line, index }) => {
      const what = index < step.startAt ? undefined : uncounted(kind, node, registry);
      return what === undefined ? [] : [{ tag: step.tag, path: step.path, line, what }];
    }),
  );
}

function uncounted(
  kind: string,
  node: Node,
  registry: { readonly schema: string; readonly table: string },
): string | undefined {
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

type Node = Readonly<Record<string, unknown>>;

interface RangeVar {
  readonly schemaname?: string;
  readonly relname?: string;
}

function questionsOfStep(step: Step, trail: NameTrail): Question[] {
  const filled = new Set<string>();
  return splitStatements(step.sql).flatMap(({ kind, node, line, index }) => {
    if (index < step.startAt) return [];
    const about = { tag: step.tag, line };
    switch (kind) {
      case 'DropStmt':
        if (node.removeType !== 'OBJECT_TABLE') return [];
        return namesOf(node.objects).flatMap((name) => trail.dropped({ ...about, about: 'dropped' }, name));
      case 'TruncateStmt':
        return nodesOf(node.relations, 'RangeVar').flatMap((table) =>
          trail.dropped({ ...about, about: 'dropped' }, tableOf(table)),
        );
      case 'AlterTableStmt':
        return node.objtype === 'OBJECT_TABLE' ? alterations(node, about, trail, filled) : [];
      case 'RenameStmt':
        trail.rename(node);
        return [];
      case 'AlterObjectSchemaStmt':
        trail.move(node);
        return [];
      case 'UpdateStmt':
        // It may give the values that are missing; whether it does, the database says.
        filled.add(keyOf(tableOf(node.relation as RangeVar)));
        return [];
      default:
        return [];
    }
  });
}

function alterations(
  node: Node,
  about: { readonly tag: string; readonly line: number },
  trail: NameTrail,
  filled: ReadonlySet<string>,
): Question[] {
  const table = tableOf(node.relation as RangeVar);
  return nodesOf(node.cmds, 'AlterTableCmd').flatMap((command): Question[] => {
    const { subtype, name: column } = command as { subtype?: string; name?: string };
    if (column === undefined) return [];
    if (subtype === 'AT_DropColumn') return trail.dropped({ ...about, about: 'dropped' }, table, column);
    if (subtype === 'AT_SetNotNull' && !filled.has(keyOf(table)))
      return trail.dropped({ ...about, about: 'required' }, table, column);
    return [];
  });
}

/** Leads from a name in a statement to the name that the same thing has before the first statement. */
class NameTrail {
  #tables = new Map<string, TableName>();
  #columns = new Map<string, string>();

  dropped(about: Pick<Question, 'tag' | 'about' | 'line'>, table: TableName, column?: string): Question[] {
    const name = [table.schema, table.table, column].filter((part) => part !== undefined).join('.');
    const now = this.#tables.get(keyOf(table)) ?? table;
    if (column === undefined) return [{ ...about, table: now, name }];
    return [{ ...about, table: now, column: this.#columnNow(now, column), name }];
  }

  rename(node: Node): void {
    const table = tableOf(node.relation as RangeVar | undefined);
    const newName = String(node.newname);
    if (node.renameType === 'OBJECT_TABLE') this.#follow(table, { ...table, table: newName });
    if (node.renameType !== 'OBJECT_COLUMN') return;
    const now = this.#tables.get(keyOf(table)) ?? table;
    this.#columns.set(columnKey(now, newName), this.#columnNow(now, String(node.subname)));
  }

  move(node: Node): void {
    if (node.objectType !== 'OBJECT_TABLE') return;
    const table = tableOf(node.relation as RangeVar | undefined);
    this.#follow(table, { ...table, schema: String(node.newschema) });
  }

  #follow(from: TableName, to: TableName): void {
    this.#tables.set(keyOf(to), this.#tables.get(keyOf(from)) ?? from);
  }

  #columnNow(table: TableName, column: string): string {
    return this.#columns.get(columnKey(table, column)) ?? column;
  }
}

/** drizzle leaves out `public`. */
function keyOf({ schema = 'public', table }: TableName): string {
  return JSON.stringify([schema, table]);
}

function columnKey(table: TableName, column: string): string {
  return `${keyOf(table)} ${column}`;
}

function tableOf({ schemaname, relname = '' }: RangeVar = {}): TableName {
  return schemaname === undefined ? { table: relname } : { schema: schemaname, table: relname };
}

/** The names of a DROP, each a list of its parts. */
function namesOf(objects: unknown): TableName[] {
  return nodesOf(objects, 'List').map(({ items }) => {
    const parts = nodesOf(items, 'String').map(({ sval }) => String(sval ?? ''));
    const [schema, table] = parts.length > 1 ? parts.slice(-2) : [undefined, parts[0]];
    return schema === undefined ? { table: table ?? '' } : { schema, table: table ?? '' };
  });
}

/** A list of the syntax tree: `[{ RangeVar: {…} }, …]`. */
function nodesOf(list: unknown, kind: string): Node[] {
  return ((list ?? []) as Record<string, Node | undefined>[]).flatMap(({ [kind]: node }) => (node ? [node] : []));
}
