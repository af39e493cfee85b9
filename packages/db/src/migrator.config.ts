// For a team that has this package installed: `npx migrator migrate --config node_modules/@melodia/db/dist/migrator.config.js`.
import { migrationsFolder, migrationsSchema, migrationsTable } from './migrations.js';

export default {
  dialect: 'postgresql',
  schema: [],
  out: migrationsFolder,
  dbCredentials: { url: process.env.DATABASE_URL },
  migrations: { schema: migrationsSchema, table: migrationsTable },
};
