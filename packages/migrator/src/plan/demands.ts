import { behindKeyword, commandTexts, elementTexts, whereText } from '../sql/excerpts.js';
import { quoteIdent } from '../sql/quote.js';
import { columnsIn, nodesOf, type RangeVar, type SyntaxNode, stringsOf, tableOf } from '../sql/syntax.js';
import { keyOf, type NameTrail, type TableName } from './name-trail.js';

/** A constraint or unique index that a rollback makes again, and what the rows of today would have to be for it. */
export interface Demand {
  readonly kind: 'unique' | 'check' | 'foreign-key' | 'exclusion';
  /** Name of the constraint or index, if it has one. */
  readonly constraint?: string;
  /** `public.songs`, as the down file calls it. */
  readonly table: string;
  /** The columns or expressions that are unique, or that point elsewhere: `title`. */
  readonly columns: readonly string[];
  /** Table that a foreign key points to. */
  readonly parent?: string;
  /** Gives what stands in the way, by the names of today: a query that people can run. */
  readonly find: string;
  /** Gives one number `n`: how many rows `find` tells of. */
  readonly count: string;
}

/** Reads statements in the order in which they run; a constraint that is made NOT VALID is asked for when it is validated. */
export class DemandReader {
  readonly #trail: NameTrail;
  #later = new Map<string, Demand>();

  constructor(trail: NameTrail) {
    this.#trail = trail;
  }

  /** What a statement demands. To be asked before the trail follows it. */
  read(kind: string, node: SyntaxNode, text: string): Demand[] {
    if (kind === 'IndexStmt') return this.#index(node, text);
    if (kind !== 'AlterTableStmt' || node.objtype !== 'OBJECT_TABLE') return [];
    const table = tableOf(node.relation as RangeVar);
    const commands = nodesOf(node.cmds, 'AlterTableCmd');
    const texts = commandTexts(text);
    return commands.flatMap(({ subtype, name, def }, at): Demand[] => {
      if (subtype === 'AT_ValidateConstraint') return [this.#later.get(laterKey(table, name)) ?? []].flat();
      if (subtype !== 'AT_AddConstraint') return [];
      const constraint = (def as { Constraint?: SyntaxNode }).Constraint ?? {};
      const part = texts?.length === commands.length ? texts[at] : undefined;
      const demand = part === undefined ? undefined : this.#constraint(table, constraint, part);
      if (!demand) return [];
      if (constraint.skip_validation !== true) return [demand];
      this.#later.set(laterKey(table, constraint.conname), demand);
      return [];
    });
  }

  #constraint(table: TableName, constraint: SyntaxNode, text: string): Demand | undefined {
    const name = constraint.conname === undefined ? {} : { constraint: String(constraint.conname) };
    const about = { ...name, table: shown(table) };
    switch (constraint.contype) {
      case 'CONSTR_UNIQUE':
      case 'CONSTR_PRIMARY': {
        const keys = stringsOf(constraint.keys);
        if (keys.length === 0 || constraint.without_overlaps) return undefined;
        const from = this.#from(table, keys);
        return from === undefined
          ? undefined
          : unique({ ...about, columns: keys }, from, keys.map(quoteIdent), constraint.nulls_not_distinct);
      }
      case 'CONSTR_CHECK':
        return this.#check(table, about, constraint, text);
      case 'CONSTR_FOREIGN':
        return this.#foreignKey(table, about, constraint);
      case 'CONSTR_EXCLUSION':
        return this.#exclusion(table, about, constraint, text);
      default:
        return undefined;
    }
  }

  #check(table: TableName, about: About, constraint: SyntaxNode, text: string): Demand | undefined {
    const columns = columnsIn(constraint.raw_expr);
    const condition = behindKeyword(text, 'check');
    const from = columns && this.#from(table, [...columns]);
    if (!from || condition === undefined || constraint.is_enforced !== true) return undefined;
    const find = `select * from ${from} where not ${grouped(condition)}`;
    return {
      kind: 'check',
      ...about,
      columns: [...columns],
      find,
      count: `select count(*) as n from (${find}) as found`,
    };
  }

  #foreignKey(table: TableName, about: About, constraint: SyntaxNode): Demand | undefined {
    const columns = stringsOf(constraint.fk_attrs);
    const targets = stringsOf(constraint.pk_attrs);
    const parent = tableOf(constraint.pktable as RangeVar);
    const child = this.#from(table, columns, 'child');
    const other = this.#from(parent, targets, 'parent');
    // Without names of columns it means the primary key, which only the server knows.
    if (!child || !other || columns.length === 0 || columns.length !== targets.length) return undefined;
    if (constraint.is_enforced !== true || constraint.fk_with_period) return undefined;
    const set = columns.map((column) => `child.${quoteIdent(column)} is not null`);
    const same = targets.map((target, at) => `parent.${quoteIdent(target)} = child.${quoteIdent(columns[at] ?? '')}`);
    const partly =
      constraint.fk_matchtype === 'f' && columns.length > 1
        ? ` or num_nulls(${columns.map((column) => `child.${quoteIdent(column)}`).join(', ')}) between 1 and ${columns.length - 1}`
        : '';
    const find = `select * from ${child} where ${set.join(' and ')} and not exists (select from ${other} where ${same.join(' and ')})${partly}`;
    const count = `select count(*) as n from (${find}) as found`;
    return { kind: 'foreign-key', ...about, columns, parent: shown(parent), find, count };
  }

  #exclusion(table: TableName, about: About, constraint: SyntaxNode, text: string): Demand | undefined {
    const lists = nodesOf(constraint.exclusions, 'List').map(({ items }) => items as Record<string, SyntaxNode>[]);
    const elements = elementTexts(text);
    const where = constraint.where_clause === undefined ? undefined : behindKeyword(text, 'where');
    const columns = columnsOf(
      lists.map(([element]) => element?.IndexElem ?? {}),
      constraint.where_clause,
    );
    const from = columns && this.#from(table, columns);
    if (!from || elements?.length !== lists.length) return undefined;
    const operators = lists.map(([, operator]) => stringsOf((operator?.List as SyntaxNode | undefined)?.items));
    const clash = operators.map((parts, at) => {
      const [name, ...schema] = parts.toReversed();
      return `a.e${at} operator(${schema.map((part) => `${quoteIdent(part)}.`).join('')}${name}) b.e${at}`;
    });
    const values = elements.map((element, at) => `${grouped(element)} as e${at}`).join(', ');
    const rows = `select row_number() over () as row, ${values} from ${from}${where === undefined ? '' : ` where ${grouped(where)}`}`;
    const find = `with found as materialized (${rows}) select * from found a where exists (select from found b where a.row <> b.row and ${clash.join(' and ')})`;
    return {
      kind: 'exclusion',
      ...about,
      columns: elements,
      find,
      count: `select count(*) as n from (${find}) as clashes`,
    };
  }

  #index(node: SyntaxNode, text: string): Demand[] {
    if (node.unique !== true || node.if_not_exists === true) return [];
    const table = tableOf(node.relation as RangeVar);
    const params = nodesOf(node.indexParams, 'IndexElem');
    const columns = columnsOf(params, node.whereClause);
    const from = columns && this.#from(table, columns);
    const include = /\)\s*include\s*\(/i.test(text);
    const elements = elementTexts(text);
    const where = node.whereClause === undefined ? undefined : whereText(text);
    if (!from || include || elements?.length !== params.length) return [];
    if (node.whereClause !== undefined && where === undefined) return [];
    const name = node.idxname === undefined ? {} : { constraint: String(node.idxname) };
    const about = {
      ...name,
      table: shown(table),
      columns: params.map(({ name: column }, at) => String(column ?? elements[at])),
    };
    return [unique(about, from, elements, node.nulls_not_distinct, where)];
  }

  /** The table with the columns that are needed, called as they will be called; undefined if their values are not known yet. */
  #from(table: TableName, columns: readonly string[], alias?: string): string | undefined {
    const now = this.#trail.tableNow(table);
    if (!now) return undefined;
    const names = columns.flatMap((column) => this.#trail.columnNow(now, column) ?? []);
    if (names.length < columns.length || !this.#trail.isSettled(now, names)) return undefined;
    const name = [now.schema, now.table].flatMap((part) => (part === undefined ? [] : [quoteIdent(part)])).join('.');
    const called = quoteIdent(alias ?? table.table);
    if (names.every((column, at) => column === columns[at]))
      return now.table === table.table && !alias ? name : `${name} as ${called}`;
    const selected = names.map((column, at) => `${quoteIdent(column)} as ${quoteIdent(columns[at] ?? '')}`);
    return `(select ${selected.join(', ')} from ${name}) as ${called}`;
  }
}

type About = Pick<Demand, 'constraint' | 'table'>;

function unique(
  about: About & { readonly columns: readonly string[] },
  from: string,
  elements: readonly string[],
  nullsNotDistinct: unknown,
  where?: string,
): Demand {
  const terms = elements.map((element) => `${grouped(element)}`);
  const known = nullsNotDistinct === true ? [] : elements.map((element) => `${element} is not null`);
  const conditions = [...(where === undefined ? [] : [`${grouped(where)}`]), ...known];
  const filter = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  const plain = elements.join(', ');
  const find = `select ${plain}, count(*) from ${from}${filter} group by ${terms.map((_, at) => at + 1).join(', ')} having count(*) > 1`;
  const counts = `select count(*) as n from ${from}${filter} group by ${terms.join(', ')} having count(*) > 1`;
  return {
    kind: 'unique',
    ...about,
    find,
    count: `select coalesce(sum(n), 0)::bigint as n from (${counts}) as found`,
  };
}

function columnsOf(elements: readonly SyntaxNode[], where: unknown): readonly string[] | undefined {
  const inside = columnsIn([elements.map(({ expr }) => expr), where]);
  return (
    inside && [...new Set([...elements.flatMap(({ name }) => (name === undefined ? [] : [String(name)])), ...inside])]
  );
}

/** In parentheses; a line comment at its end must not swallow the last one. */
function grouped(expression: string): string {
  return expression.includes('--') ? `(${expression}\n)` : `(${expression})`;
}

function shown({ schema, table }: TableName): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

function laterKey(table: TableName, constraint: unknown): string {
  return `${keyOf(table)} ${String(constraint)}`;
}
