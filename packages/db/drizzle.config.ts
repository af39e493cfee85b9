import { embeddedUrl } from '@melodia/migrator/embedded';
import { config } from 'dotenv';
import { defineConfig } from 'drizzle-kit';

config({ path: ['.env.local', '../../.env.local'], quiet: true });

export default defineConfig({
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
