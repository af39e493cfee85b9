import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const migrator = dirname(createRequire(import.meta.url).resolve('@melodia/migrator/package.json'));

test('docs/schema shows the schema as it is; if not, run `pnpm db:diagram`', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(migrator, 'bin/migrator.cjs'), 'diagram', '--out', '../../docs/schema', '--title', 'Melodia', '--check'],
    { cwd: packageFolder, encoding: 'utf8' },
  );
  expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('is up to date')]);
});
