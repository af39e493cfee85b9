import type { TestDatabase } from './database.js';

/**
 * The whole database as text: every object with Postgres' own words for it, and the number of rows of every table. Two
 * databases with equal text are equal for all that a migration can do to them. Our own log is left out.
 */
export async function readCatalog({ query }: Pick<TestDatabase, 'query'>): Promise<string> {
  const rows = await query<{ line: string }>(`select line from (${PARTS.join('\nunion all\n')}) parts order by line`);
  const tables = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where ${ours('schemaname')} and tablename <> '__migrator_log' order by 1`,
  );
  const counts = await Promise.all(
    tables.map(async ({ name }) => `rows of ${name}: ${(await query(`select count(*)::int as n from ${name}`))[0]?.n}`),
  );
  return [...rows.map(({ line }) => line), ...counts].join('\n');
}

const ours = (schema: string) => `${schema} not in ('pg_catalog', 'information_schema', 'pg_toast')`;
const notLog = (relation: string) => `${relation} not like '\\_\\_migrator\\_log%'`;

const PARTS = [
  `select format('schema %s', nspname) as line from pg_namespace where ${ours('nspname')} and nspname not like 'pg_%'`,
  `select format('relation %s.%s %s %s', nspname, relname, relkind, pg_get_viewdef(case when relkind in ('v', 'm') then c.oid end))
   from pg_class c join pg_namespace n on n.oid = relnamespace where ${ours('nspname')} and ${notLog('relname')} and relkind <> 'i'`,
  `select format('column %s.%s.%s #%s %s null=%s default=%s', nspname, relname, attname, attnum, format_type(atttypid, atttypmod), not attnotnull, pg_get_expr(adbin, adrelid))
   from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
   left join pg_attrdef d on adrelid = attrelid and adnum = attnum
   where ${ours('nspname')} and ${notLog('relname')} and attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v', 'm')`,
  `select format('index %s valid=%s', pg_get_indexdef(indexrelid), indisvalid)
   from pg_index i join pg_class c on c.oid = indexrelid join pg_namespace n on n.oid = relnamespace where ${ours('nspname')} and ${notLog('relname')}`,
  `select format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(c.oid))
   from pg_constraint c join pg_namespace n on n.oid = connamespace where ${ours('nspname')} and ${notLog('conname')}`,
  `select format('enum %s.%s: %s', nspname, typname, string_agg(enumlabel, ', ' order by enumsortorder))
   from pg_enum join pg_type t on t.oid = enumtypid join pg_namespace n on n.oid = typnamespace group by nspname, typname`,
  `select format('function %s', pg_get_functiondef(p.oid)) from pg_proc p join pg_namespace n on n.oid = pronamespace where ${ours('nspname')} and prokind in ('f', 'p')`,
  `select format('trigger %s', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal`,
];

/** What must not change when a command promises to change nothing: the catalog, the tracking rows and our log. */
export async function readEverything(database: Pick<TestDatabase, 'query'>): Promise<unknown> {
  const rows = (table: string) =>
    database.query(`select * from drizzle.${table} order by id`).catch((error: unknown) => String(error));
  return [await readCatalog(database), await rows('__drizzle_migrations'), await rows('__migrator_log')];
}

/** The tracking rows as drizzle writes them, in the order of their ids. */
export function readTracking({ query }: Pick<TestDatabase, 'query'>): Promise<{ hash: string; created_at: string }[]> {
  return query(`select hash, created_at from drizzle.__drizzle_migrations order by id`);
}
