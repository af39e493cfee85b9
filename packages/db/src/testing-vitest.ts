import { startTestServer } from './test-server.js';

/**
 * A global set-up for vitest: one server for the whole run, shared by its worker processes, stopped at the end.
 *
 * ```ts
 * // vitest.config.ts
 * export default defineConfig({ test: { globalSetup: '@melodia/db/testing/vitest' } });
 * ```
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TEST_DATABASE_URL) return undefined;
  const server = await startTestServer();
  process.env.TEST_DATABASE_URL = server.url;
  return async () => {
    delete process.env.TEST_DATABASE_URL;
    await server.stop();
  };
}
