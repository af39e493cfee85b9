import { sqlstate } from '../database/history.js';
import type { Session } from '../database/session.js';
import { quoteIdent } from '../sql/quote.js';
import { readSampleTables, type SampleColumn, type SampleTable } from './tables.js';
import { referredValue, sampleValue, valuesForCheck } from './values.js';

export interface FilledTable {
  /** `schema.name`, quoted where Postgres would. */
  readonly table: string;
  /** Rows that were added. */
  readonly rows: number;
  /** Why there are fewer than were asked for, in Postgres' words. */
  readonly problem?: string;
}

/**
 * Puts made-up rows into every table of some schemas, so that a rehearsal meets data: keys are followed, limits of types kept,
 * checks tried with the values they name. What cannot be guessed (a check over several columns, a trigger) leaves a table with
 * fewer rows, and says so. Same schema, same rows. `memory` makes it faster from one migration to the next. For scratch
 * databases only.
 */
export async function fillTables(
  session: Session,
  {
    schemas,
    rows: wanted,
    memory,
  }: {
    readonly schemas: readonly string[];
    readonly rows: number;
    readonly memory?: SampleMemory;
  },
): Promise<readonly FilledTable[]> {
  const filled = new Map<string, FilledTable>();
  const tables = await readSampleTables(session, schemas);
  const first = await fillAtOnce(session, tables, wanted);
  for (const table of tables) {
    if (first.has(table)) {
      filled.set(table.table, { table: table.table, rows: wanted });
      continue;
    }
    const parents = table.keys.map((key) => filled.get(key.table)?.rows ?? null);
    const key = JSON.stringify([wanted, table, parents]);
    const known = memory?.get(key);
    if (known && (known.rows.length === 0 || (await insert(session, table, known.rows)) === undefined)) {
      filled.set(table.table, known.result);
      continue;
    }
    const taken: Row[] = [];
    let rows = 0;
    let problem: string | undefined;
    for (let n = 1; n <= wanted; n += 1) {
      // The first rows show whether the values serve; then many go at once.
      const many = n > FIRST && problem === undefined ? Math.min(AT_ONCE, wanted - n + 1) : 1;
      if (many > 1 && (await insert(session, table, rowsFrom(table, n, many))) === undefined) {
        rows += many;
        n += many - 1;
        continue;
      }
      const answer = await addRow(session, table, n);
      if (typeof answer === 'string') problem = answer;
      else {
        rows += 1;
        taken.push(answer);
      }
    }
    const result = { table: table.table, rows, ...(problem !== undefined && { problem }) };
    filled.set(table.table, result);
    if (taken.length === rows) memory?.set(key, { rows: taken, result });
  }
  return [...filled.values()];
}

/**
 * The tables that take the first values that come to mind for all their rows. One message each, sent without waiting, for most
 * tables do: those that do not are left as they were.
 */
async function fillAtOnce(
  session: Session,
  tables: readonly SampleTable[],
  wanted: number,
): Promise<ReadonlySet<SampleTable>> {
  if (wanted > FIRST) return new Set();
  const answers = tables.map((table) =>
    // One by one, so that each may refer to those before it.
    insertAll(
      session,
      table,
      rowsFrom(table, 1, wanted).map((row) => [row]),
    ),
  );
  const taken = await Promise.all(answers.map((answer) => answer.then((refused) => !refused, asFailure)));
  for (const answer of taken) if (answer instanceof Failure) throw answer.cause;
  return new Set(tables.filter((_, n) => taken[n] === true));
}

/** Told from an answer by its class: a driver may reject with anything. */
class Failure {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

function asFailure(cause: unknown): Failure {
  return new Failure(cause);
}

/** SQL of the values, by column. */
type Row = ReadonlyMap<string, string>;

/**
 * What tables of a shape took, by that shape: finding it out takes some tries a row, and from one migration to the next most
 * tables stay as they are.
 */
export type SampleMemory = Map<string, { readonly rows: readonly Row[]; readonly result: FilledTable }>;

/** Rows that go in one by one, so that each may refer to those before it. */
const FIRST = 10;

const AT_ONCE = 500;

function rowsFrom(table: SampleTable, n: number, count: number): Map<string, string>[] {
  return Array.from({ length: count }, (_, index) => firstValues(table, n + index));
}

/** The row that is in; else why none is. */
async function addRow(session: Session, table: SampleTable, n: number): Promise<Row | string> {
  const values = firstValues(table, n);
  const refused = await insert(session, table, [values]);
  if (refused === undefined) return values;
  if (refused.code === '23505') {
    const other = firstValues(table, n + 1000);
    return (await insert(session, table, [other]))?.message ?? other;
  }
  const check = refused.code === '23514' ? table.checks.find(({ name }) => name === refused.constraint) : undefined;
  if (!check) return refused.message;
  return (await tryChecks(session, table, values, new Set())) ?? refused.message;
}

/** Gives the columns of each check that says no the values it may want, one column at a time. */
async function tryChecks(
  session: Session,
  table: SampleTable,
  values: Row,
  tried: Set<string>,
): Promise<Row | undefined> {
  const refused = await insert(session, table, [values]);
  if (refused === undefined) return values;
  const check = table.checks.find(({ name }) => name === refused.constraint);
  if (refused.code !== '23514' || !check || tried.has(check.name)) return undefined;
  for (const column of table.columns.filter(({ name }) => check.columns.includes(name))) {
    for (const value of valuesForCheck(check, column)) {
      const next = new Map(values).set(column.name, value);
      const answer = await insert(session, table, [next]);
      if (answer === undefined) return next;
      const passed = answer.code === '23514' && answer.constraint !== check.name;
      const found = passed ? await tryChecks(session, table, next, new Set([...tried, check.name])) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function firstValues(table: SampleTable, n: number): Map<string, string> {
  const keyOf = ({ name }: SampleColumn) => table.keys.find(({ columns }) => columns.includes(name));
  return new Map(
    table.columns
      .filter(({ filledIn }) => !filledIn)
      .map((column) => {
        const key = keyOf(column);
        return [column.name, key ? referredValue(key, column.name, n) : sampleValue(column, n)];
      }),
  );
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly constraint: string | undefined;
}

function insert(session: Session, table: SampleTable, rows: readonly Row[]): Promise<Refusal | undefined> {
  return insertAll(session, table, [rows]);
}

/** All of them or none. */
async function insertAll(
  session: Session,
  table: SampleTable,
  parts: readonly (readonly Row[])[],
): Promise<Refusal | undefined> {
  try {
    await session.run(parts.flatMap((rows) => insertsOf(table, rows)).join(';\n'));
    return undefined;
  } catch (error) {
    const code = sqlstate(error);
    // Anything else is not about this row.
    if (!/^(?:2[0-9A-Z]|42|P0)/.test(code)) throw error;
    const { message, constraint_name: constraint } = error as Error & { constraint_name?: string };
    return { code, message, constraint };
  }
}

function insertsOf({ table }: SampleTable, rows: readonly Row[]): string[] {
  const columns = [...(rows[0]?.keys() ?? [])].map(quoteIdent).join(', ');
  const values = rows.map((row) => `(${[...row.values()].join(', ')})`).join(', ');
  const inserts = columns === '' ? rows.map(() => 'default values') : [`(${columns}) values ${values}`];
  return inserts.map((what) => `insert into ${table} ${what}`);
}
