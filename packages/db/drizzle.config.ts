import { embeddedUrl } from '@melodia/migrator/embedded';
import { config } from 'dotenv';
import { defineConfig } from 'drizzle-kit';

config({ path: ['.env.local', '../../.env.local'], quiet: true });

export default defineConfig({
  // What migrator reads besides: the migrations up to this one were applied before there was a lint, and contract migrations wait
  // for the processes that say in this table that they run.
  ...{
    migrator: {
      lint: { since: '0013_tighten_user_preferences' },
      changeset: { package: '@melodia/db' },
      gate: { heartbeat: { table: 'app_instances' } },
    },
  },
  schema: './src/schema/index.ts',
  out: './drizzle/migrations',
  dialect: 'postgresql',
  dbCredentials: {
    // Without a DATABASE_URL the embedded Postgres of this folder, started if need be.
    url: process.env.DATABASE_URL || embeddedUrl() || '',
  },
  migrations: {
    table: '__drizzle_migrations',
  },
});
