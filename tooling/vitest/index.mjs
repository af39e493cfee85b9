import { defineConfig } from 'vitest/config';

/**
 * The one vitest configuration of the workspace.
 * Forks, not threads: the CLI changes the working folder, which worker threads cannot do.
 *
 * @param {import('vitest/config').ViteUserConfig['test']} [test]
 */
export function melodiaVitest(test = {}) {
  // It must never lead a test to somebody's database; workers inherit this environment.
  delete process.env.DATABASE_URL;
  return defineConfig({
    test: {
      pool: 'forks',
      // vitest leaves a core free, which on two cores means one worker.
      maxWorkers: '100%',
      // Else V8 compiles the SQL parser twice in each worker, in threads that the tests need: a fifth of all CPU time.
      execArgv: ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'],
      testTimeout: 60_000,
      hookTimeout: 60_000,
      ...test,
    },
  });
}
