import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONFIG = `import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './schema.ts',
  out: './drizzle',
  dbCredentials: { url: process.env.DATABASE_URL! },
});
`;

/** drizzle-orm's migrator as its documentation writes it. */
const ORM_SCRIPT = `import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

const client = postgres(process.env.DATABASE_URL, { max: 1, onnotice: () => {} });
await migrate(drizzle(client), { migrationsFolder: './drizzle' });
await client.end();
`;

/** Writes one history in the format of every tool. Gives the folder of each. */
export function writeHistory({ migrations }, folder) {
  const drizzle = writeDrizzle(migrations, folder);
  const dbmate = join(folder, 'dbmate');
  const nodePgMigrate = join(folder, 'node-pg-migrate');
  for (const directory of [dbmate, nodePgMigrate]) mkdirSync(directory, { recursive: true });
  for (const { tag, when, statements } of migrations) {
    const sql = statements.join('\n');
    const stamp = new Date(when).toISOString().replace(/\D/g, '');
    writeFileSync(join(dbmate, `${stamp.slice(0, 14)}_${tag}.sql`), `-- migrate:up\n${sql}\n\n-- migrate:down\n`);
    writeFileSync(join(nodePgMigrate, `${stamp}_${tag}.sql`), `-- Up Migration\n${sql}\n\n-- Down Migration\n`);
  }
  const allSql = join(folder, 'all.sql');
  writeFileSync(allSql, migrations.map(({ statements }) => `${statements.join('\n')}\n`).join('\n'));
  return { drizzle, dbmate, nodePgMigrate, allSql };
}

export function writeDrizzle(migrations, folder) {
  const out = join(folder, 'drizzle');
  mkdirSync(join(out, 'meta'), { recursive: true });
  for (const { tag, statements } of migrations)
    writeFileSync(join(out, `${tag}.sql`), statements.join('--> statement-breakpoint\n'));
  const entries = migrations.map(({ tag, when }, idx) => ({ idx, version: '7', when, tag, breakpoints: true }));
  const journal = { version: '7', dialect: 'postgresql', entries };
  writeFileSync(join(out, 'meta', '_journal.json'), JSON.stringify(journal, null, 2));
  writeFileSync(join(folder, 'drizzle.config.ts'), CONFIG);
  writeFileSync(join(folder, 'schema.ts'), 'export {};\n');
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(folder, 'migrate.mjs'), ORM_SCRIPT);
  return folder;
}
