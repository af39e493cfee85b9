import { fileURLToPath } from 'node:url';
import { migrate, rollback, status } from '@melodia/migrator';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../src/testing.js';

const migrationsFolder = fileURLToPath(new URL('../../drizzle/migrations', import.meta.url));

/** Everything of the schema, as Postgres prints it. */
const CATALOG = `
  select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as text
  from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped
  union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
  union all select indexdef from pg_indexes where schemaname = 'public'
  union all select t.typname || ' ' || e.enumlabel || ' ' || e.enumsortorder from pg_enum e join pg_type t on t.oid = e.enumtypid
  order by 1`;

test('every migration is rolled back to an empty database, and up again gives the same schema', async () => {
  await using database = await createTestDatabase();
  const project = { database: database.url, migrationsFolder };
  const catalog = async () => (await database.sql.unsafe(CATALOG)).map(({ text }) => String(text));
  const before = await catalog();
  expect(before.length).toBeGreaterThan(50);
  const migrations = (await status(project)).comparison.statuses.length;
  const undone = await rollback(project, { steps: migrations });
  expect(undone.done).toHaveLength(migrations);
  expect(await catalog()).toEqual([]);
  expect((await migrate(project)).done).toHaveLength(migrations);
  expect(await catalog()).toEqual(before);
});
