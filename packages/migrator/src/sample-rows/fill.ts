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
 * fewer rows, and says so. Same schema, same rows. For scratch databases only.
 */
export async function fillTables(
  session: Session,
  options: { readonly schemas: readonly string[]; readonly rows: number },
): Promise<readonly FilledTable[]> {
  const filled: FilledTable[] = [];
  for (const table of await readSampleTables(session, options.schemas)) {
    let rows = 0;
    let problem: string | undefined;
    for (let n = 1; n <= options.rows; n += 1) {
      // The first rows show whether the values serve; then many go at once.
      const many = n > FIRST && problem === undefined ? Math.min(AT_ONCE, options.rows - n + 1) : 1;
      if (many > 1 && (await insert(session, table, rowsFrom(table, n, many))) === undefined) {
        rows += many;
        n += many - 1;
        continue;
      }
      const failure = await addRow(session, table, n);
      if (failure === undefined) rows += 1;
      else problem = failure;
    }
    filled.push({ table: table.table, rows, ...(problem !== undefined && { problem }) });
  }
  return filled;
}

/** Rows that go in one by one, so that each may refer to those before it. */
const FIRST = 10;

const AT_ONCE = 500;

function rowsFrom(table: SampleTable, n: number, count: number): Map<string, string>[] {
  return Array.from({ length: count }, (_, index) => firstValues(table, n + index));
}

/** Undefined when the row is in; else why it is not. */
async function addRow(session: Session, table: SampleTable, n: number): Promise<string | undefined> {
  const values = firstValues(table, n);
  const refused = await insert(session, table, [values]);
  if (refused === undefined) return undefined;
  if (refused.code === '23505') return (await insert(session, table, [firstValues(table, n + 1000)]))?.message;
  const check = refused.code === '23514' ? table.checks.find(({ name }) => name === refused.constraint) : undefined;
  if (!check) return refused.message;
  return (await tryChecks(session, table, values, new Set())) ? undefined : refused.message;
}

/** Gives the columns of each check that says no the values it may want, one column at a time. */
async function tryChecks(
  session: Session,
  table: SampleTable,
  values: Map<string, string>,
  tried: Set<string>,
): Promise<boolean> {
  const refused = await insert(session, table, [values]);
  if (refused === undefined) return true;
  const check = table.checks.find(({ name }) => name === refused.constraint);
  if (refused.code !== '23514' || !check || tried.has(check.name)) return false;
  for (const column of table.columns.filter(({ name }) => check.columns.includes(name))) {
    for (const value of valuesForCheck(check, column)) {
      const next = new Map(values).set(column.name, value);
      const answer = await insert(session, table, [next]);
      if (answer === undefined) return true;
      const passed = answer.code === '23514' && answer.constraint !== check.name;
      if (passed && (await tryChecks(session, table, next, new Set([...tried, check.name])))) return true;
    }
  }
  return false;
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

async function insert(
  session: Session,
  { table }: SampleTable,
  rows: readonly ReadonlyMap<string, string>[],
): Promise<Refusal | undefined> {
  const columns = [...(rows[0]?.keys() ?? [])].map(quoteIdent).join(', ');
  const values = rows.map((row) => `(${[...row.values()].join(', ')})`).join(', ');
  const inserts = columns === '' ? rows.map(() => 'default values') : [`(${columns}) values ${values}`];
  try {
    await session.run(inserts.map((what) => `insert into ${table} ${what}`).join(';\n'));
    return undefined;
  } catch (error) {
    const code = sqlstate(error);
    // Anything else is not about this row.
    if (!/^(?:2[0-9A-Z]|42|P0)/.test(code)) throw error;
    const { message, constraint_name: constraint } = error as Error & { constraint_name?: string };
    return { code, message, constraint };
  }
}
