import { nodesOf, type RangeVar, type SyntaxNode, stringsOf, tableOf } from '../sql/syntax.js';

/** A table of the database, as it is called there now. Without a schema it is found by the search path. */
export interface TableName {
  readonly schema?: string;
  readonly table: string;
}

/**
 * Leads from a name in a statement to the name that the same thing has before the first statement, where its rows can be
 * looked at; and knows whether they will still be the same when that statement runs.
 */
export class NameTrail {
  #tables = new Map<string, TableName | undefined>();
  #columns = new Map<string, string | undefined>();
  #changed = new Set<string>();
  #unsure = false;

  /** Undefined for what does not exist yet. */
  tableNow(table: TableName): TableName | undefined {
    const key = keyOf(table);
    return this.#tables.has(key) ? this.#tables.get(key) : table;
  }

  columnNow(now: TableName, column: string): string | undefined {
    const key = columnKey(now, column);
    return this.#columns.has(key) ? this.#columns.get(key) : column;
  }

  /** Whether the rows of a table, and these columns of it, are by then as they are now. */
  isSettled(now: TableName, columns: readonly string[]): boolean {
    return (
      !this.#unsure &&
      !this.#changed.has(keyOf(now)) &&
      columns.every((column) => !this.#changed.has(columnKey(now, column)))
    );
  }

  /** Notes what a statement does to names and rows. */
  follow(kind: string, node: SyntaxNode): void {
    const table = tableOf(node.relation as RangeVar | undefined);
    switch (kind) {
      case 'RenameStmt':
        this.#rename(node, table);
        break;
      case 'AlterObjectSchemaStmt':
        if (node.objectType === 'OBJECT_TABLE') this.#move(table, { ...table, schema: String(node.newschema) });
        break;
      case 'AlterTableStmt':
        for (const command of nodesOf(node.cmds, 'AlterTableCmd')) this.#alter(table, command);
        break;
      case 'CreateStmt':
        if (node.if_not_exists !== true) this.#tables.set(keyOf(table), undefined);
        break;
      case 'CreateTableAsStmt':
        this.#tables.set(keyOf(tableOf((node.into as SyntaxNode | undefined)?.rel as RangeVar)), undefined);
        break;
      case 'InsertStmt':
      case 'UpdateStmt':
      case 'DeleteStmt':
      case 'MergeStmt':
        this.#touch(table);
        break;
      case 'TruncateStmt':
        for (const each of nodesOf(node.relations, 'RangeVar')) this.#touch(tableOf(each));
        break;
      case 'SelectStmt':
        if (!isSetval(node)) this.#unsure = true;
        break;
      default:
        // What is inside of them nobody can tell from here; a search path decides what names stand for.
        if (UNREADABLE.has(kind)) this.#unsure = true;
    }
  }

  #rename(node: SyntaxNode, table: TableName): void {
    const newName = String(node.newname);
    if (node.renameType === 'OBJECT_TABLE') this.#move(table, { ...table, table: newName });
    const now = this.tableNow(table);
    if (node.renameType !== 'OBJECT_COLUMN' || !now) return;
    const old = String(node.subname);
    this.#columns.set(columnKey(now, newName), this.columnNow(now, old));
    this.#columns.set(columnKey(now, old), undefined);
  }

  #move(from: TableName, to: TableName): void {
    const now = this.tableNow(from);
    this.#tables.set(keyOf(from), undefined);
    this.#tables.set(keyOf(to), now);
  }

  #alter(table: TableName, { subtype, name, def, missing_ok }: SyntaxNode): void {
    const now = this.tableNow(table);
    if (!now) return;
    const set = (column: unknown) => this.#columns.set(columnKey(now, String(column)), undefined);
    if (subtype === 'AT_DropColumn') set(name);
    if (subtype === 'AT_AddColumn' && missing_ok !== true)
      set((def as { ColumnDef?: SyntaxNode } | undefined)?.ColumnDef?.colname);
    if (subtype === 'AT_AlterColumnType')
      this.#changed.add(columnKey(now, this.columnNow(now, String(name)) ?? String(name)));
    if (subtype === 'AT_AttachPartition' || subtype === 'AT_DetachPartition') this.#unsure = true;
  }

  #touch(table: TableName): void {
    const now = this.tableNow(table);
    if (now) this.#changed.add(keyOf(now));
  }
}

const UNREADABLE = new Set([
  'DoStmt',
  'CallStmt',
  'CopyStmt',
  'ExecuteStmt',
  'VariableSetStmt',
  'Unparsed',
  'TooLarge',
]);

/** `SELECT setval(…)`, which generated files have: it changes no rows. Any other function might. */
export function isSetval({ targetList, fromClause, withClause, whereClause }: SyntaxNode): boolean {
  if (fromClause || withClause || whereClause) return false;
  return nodesOf(targetList, 'ResTarget').every(({ val }) => {
    const { FuncCall, A_Const } = (val ?? {}) as { FuncCall?: SyntaxNode; A_Const?: SyntaxNode };
    return A_Const !== undefined || stringsOf(FuncCall?.funcname).at(-1) === 'setval';
  });
}

/** drizzle leaves out `public`. */
export function keyOf({ schema = 'public', table }: TableName): string {
  return JSON.stringify([schema, table]);
}

function columnKey(table: TableName, column: string): string {
  return `${keyOf(table)} ${column}`;
}
