import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { createDatabase } from '../setup/database.js';
import { drizzleKitMigrate } from '../setup/drizzle-kit.js';
import { makeProject } from '../setup/project.js';
import { readParts, startVersion } from './versions.js';

const ROWS = 5000;
const SCHEMA = readFileSync(new URL('songs.sql', import.meta.url), 'utf8');
const FILL = `insert into songs (slug, tags, selected_variant, play_count, like_count) select 'song-' || n, '{piano}', '0', 1, 1 from generate_series(1, ${ROWS}) n`;

/** Songs that the old version of an application uses; its new version is not there yet. */
async function setup(change: string, steps: readonly string[]) {
  const parts = readParts(`${change}.sql`);
  const database = await createDatabase();
  const project = makeProject(database, { '0000_songs': SCHEMA });
  const migrate = (...argv: string[]) => runCli(project.root, 'migrate', ...argv);
  expect((await migrate()).exitCode).toBe(0);
  await database.query(FILL);
  const known = steps.filter((step) => step in parts);
  const tags = known.map((step, index) => `000${index + 1}_${step.replace('-', '_')}`);
  project.write({
    '0000_songs': SCHEMA,
    ...Object.fromEntries(known.map((step, index) => [tags[index], parts[step] as string])),
  });
  const start = (version: string, tag: string) =>
    startVersion(database.url, `web/${version} db/${version} ${tag}`, parts[version] as string, ROWS);
  const old = start('old', '0000_songs');
  await old.rounds(2);
  return { parts, database, project, migrate, start, old, newest: tags.at(-1) as string };
}

test.each(['rename', 'type', 'remove'])(
  '%s: no query of either version fails, none of their writes is lost',
  async (change) => {
    const { parts, database, migrate, start, old, newest } = await setup(change, [
      'expand',
      'backfill',
      'validate',
      'contract',
    ]);
    expect(await migrate('--phase', 'expand')).toMatchObject({ exitCode: 0 });
    await old.rounds(2);
    const next = start('new', newest);
    await Promise.all([old.rounds(2), next.rounds(2)]);
    const closed = await migrate('--phase', 'contract');
    expect(closed.exitCode).toBe(3);
    expect(closed.out + closed.err).toContain('web old (package old, knows 0000_songs)');
    expect(await database.query(parts.apart as string)).toEqual([{ n: 0 }]);
    const contract = migrate('--phase', 'contract', '--wait', '60s');
    await Promise.all([old.rounds(2), next.rounds(2)]);
    const before = await old.stop();
    expect(await contract).toMatchObject({ exitCode: 0 });
    await next.rounds(2);
    const after = await next.stop();
    expect([before.failures, after.failures]).toEqual([[], []]);
    expect(await database.query(parts.counted as string)).toEqual([{ n: ROWS + before.counted + after.counted }]);
  },
);

test.each([
  ['rename', 'play_count'],
  ['remove', 'tags'],
])("%s: drizzle-kit's own migration fails the old version's queries", async (change, gone) => {
  const { project, database, start, old, newest } = await setup(change, ['drizzle-kit']);
  await drizzleKitMigrate(project.migrationsFolder, database.url);
  const next = start('new', newest);
  await Promise.all([old.rounds(2), next.rounds(2)]);
  expect((await old.stop()).failures).toContain(`column "${gone}" does not exist`);
  expect((await next.stop()).failures).toEqual([]);
});
