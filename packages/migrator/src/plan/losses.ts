import type { Plan, Step } from '../core/types.js';
import { splitStatements } from '../sql/split.js';
import { nodesOf, type RangeVar, type SyntaxNode, stringsOf, tableOf } from '../sql/syntax.js';
import { type Demand, DemandReader } from './demands.js';
import { NameTrail, type TableName } from './name-trail.js';

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

/** A constraint that comes back, and may find rows that it does not allow. */
export interface ConstraintQuestion {
  readonly tag: string;
  readonly about: 'constraint';
  readonly demand: Demand;
  readonly line: number;
}

/**
 * What the statements of a rollback would destroy, and what they demand of the rows: DROP TABLE and TRUNCATE, DROP COLUMN,
 * SET NOT NULL, constraints and unique indexes. Names are followed back through renames, because the rows are counted before
 * anything runs. What is parked, or brought back from where it was parked, loses nothing. Pure; needs `loadParser`.
 */
export function questionsOf({ steps }: Pick<Plan, 'steps'>): (Question | ConstraintQuestion)[] {
  const trail = new NameTrail();
  const demands = new DemandReader(trail);
  return steps.flatMap((step) => questionsOfStep(step, trail, demands));
}

function questionsOfStep(step: Step, trail: NameTrail, demands: DemandReader): (Question | ConstraintQuestion)[] {
  return splitStatements(step.sql).flatMap(({ kind, node, line, index, text }) => {
    if (index < step.startAt) return [];
    const about = { tag: step.tag, line };
    const made = demands.read(kind, node, text).map((demand) => ({ ...about, about: 'constraint' as const, demand }));
    const questions = [...questionsOfStatement(kind, node, about, trail), ...made];
    trail.follow(kind, node);
    return questions;
  });
}

type Where = Pick<Question, 'tag' | 'line'>;

function questionsOfStatement(kind: string, node: SyntaxNode, about: Where, trail: NameTrail): Question[] {
  switch (kind) {
    case 'DropStmt':
      if (node.removeType !== 'OBJECT_TABLE') return [];
      return namesOf(node.objects).flatMap((name) => question({ ...about, about: 'dropped' }, trail, name));
    case 'TruncateStmt':
      return nodesOf(node.relations, 'RangeVar').flatMap((table) =>
        question({ ...about, about: 'dropped' }, trail, tableOf(table)),
      );
    case 'AlterTableStmt':
      return node.objtype === 'OBJECT_TABLE' ? alterations(node, about, trail) : [];
    default:
      return [];
  }
}

function alterations(node: SyntaxNode, about: Where, trail: NameTrail): Question[] {
  const table = tableOf(node.relation as RangeVar);
  const required = (column: string) => question({ ...about, about: 'required' }, trail, table, column);
  return nodesOf(node.cmds, 'AlterTableCmd').flatMap(({ subtype, name, def }): Question[] => {
    if (subtype === 'AT_AddConstraint') return requiredBy(def).flatMap(required);
    if (name === undefined) return [];
    if (subtype === 'AT_DropColumn') return question({ ...about, about: 'dropped' }, trail, table, String(name));
    return subtype === 'AT_SetNotNull' ? required(String(name)) : [];
  });
}

/** A primary key makes its columns NOT NULL. */
function requiredBy(def: unknown): string[] {
  const { contype, keys, skip_validation } = (def as { Constraint?: SyntaxNode } | undefined)?.Constraint ?? {};
  return (contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_NOTNULL') && skip_validation !== true
    ? stringsOf(keys)
    : [];
}

function question(
  about: Pick<Question, 'tag' | 'about' | 'line'>,
  trail: NameTrail,
  table: TableName,
  column?: string,
): Question[] {
  const name = [table.schema, table.table, column].filter((part) => part !== undefined).join('.');
  const now = trail.tableNow(table);
  if (!now) return [];
  if (column === undefined) return [{ ...about, table: now, name }];
  const columnNow = trail.columnNow(now, column);
  if (columnNow === undefined) return [];
  // Statements before it may give the values that are missing; whether they do, the database says.
  if (about.about === 'required' && !trail.isSettled(now, [columnNow])) return [];
  return [{ ...about, table: now, column: columnNow, name }];
}

/** The names of a DROP, each a list of its parts. */
function namesOf(objects: unknown): TableName[] {
  return nodesOf(objects, 'List').map(({ items }) => {
    const parts = stringsOf(items);
    const [schema, table] = parts.length > 1 ? parts.slice(-2) : [undefined, parts[0]];
    return schema === undefined ? { table: table ?? '' } : { schema, table: table ?? '' };
  });
}
