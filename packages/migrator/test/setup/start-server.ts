import type { TestProject } from 'vitest/node';
import { startTemporaryServer } from '../../src/embedded/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the run's Postgres, as a superuser. */
    readonly serverUrl: string;
  }
}

/** One throw-away Postgres for the whole run; `createDatabase` gives each test its own database on it. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTemporaryServer({
    settings: { max_connections: '300', max_prepared_transactions: '10', timezone: 'UTC' },
    // Each test's database is dropped behind it.
    small: true,
    // Another release of Postgres: see test/versions.mjs.
    native: process.env.MIGRATOR_TEST_NATIVE,
  });
  project.provide('serverUrl', server.url);
  return () => server.stop();
}
