import type { Session } from '../database/session.js';
import { readSampleTables } from '../sample-rows/tables.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';

const ROWS_A_STATEMENT = 500;

/** Rows that a history has put into the tables of a database, as statements that put them there again; and their number. */
export async function readRowsAsSql(
  session: Session,
  schemas: readonly string[],
): Promise<{ readonly statements: readonly string[]; readonly rows: number }> {
  const statements: string[] = [];
  let total = 0;
  for (const { table, columns } of await readSampleTables(session, schemas)) {
    const names = columns.map(({ name }) => quoteIdent(name));
    const list = names.map((name) => `quote_nullable(${name}::text)`).join(` || ', ' || `) || `''`;
    const rows = await session.rows<{ line: string }>(`select ${list} as line from ${table} order by 1`);
    if (rows.length === 0) continue;
    total += rows.length;
    const hasTriggers = await firesTriggers(session, table);
    if (hasTriggers) statements.push(`alter table ${table} disable trigger user`);
    for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
      const values = rows.slice(at, at + ROWS_A_STATEMENT).map(({ line }) => `  (${line})`);
      statements.push(
        `insert into ${table} (${names.join(', ')}) overriding system value values\n${values.join(',\n')}`,
      );
    }
    if (hasTriggers) statements.push(`alter table ${table} enable trigger user`);
  }
  if (total > 0) statements.push(...(await sequenceValues(session, schemas)));
  return { statements, rows: total };
}

async function firesTriggers(session: Session, table: string): Promise<boolean> {
  const [row] = await session.rows<{ there: boolean }>(
    `select exists (select from pg_trigger where tgrelid = ${quoteLiteral(table)}::regclass and not tgisinternal and tgenabled = 'O') as there`,
  );
  return row?.there === true;
}

async function sequenceValues(session: Session, schemas: readonly string[]): Promise<string[]> {
  const rows = await session.rows<{ name: string; value: string }>(
    `select format('%I.%I', schemaname, sequencename) as name, last_value::text as value from pg_sequences
     where last_value is not null and schemaname = any(${quoteLiteral(schemas)}) order by 1`,
  );
  return rows.map(({ name, value }) => `select setval(${quoteLiteral(name)}, ${value})`);
}
