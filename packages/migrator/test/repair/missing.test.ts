import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { type Folder, findingsOf, setup } from './harness.js';

function commit({ root }: Folder): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
  for (const args of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'all'],
  ])
    expect(spawnSync('git', [...identity, ...args], { cwd: root }).status).toBe(0);
}

/** All are applied, as drizzle-kit does it: nothing has kept the text. */
async function applied() {
  const all = await setup();
  await migrate(all.project);
  await all.database.query('drop table drizzle.__migrator_log');
  const stepsOf = async (...flags: string[]) => {
    const { json } = await all.run('repair', '--dry-run', '--json', ...flags);
    return (json.steps as { what: string }[]).map(({ what }) => what);
  };
  const fixOf = async (...flags: string[]) => {
    const { json } = await all.run('repair', '--dry-run', '--json', ...flags);
    return findingsOf(json).find(({ code }) => code === 'file-missing')?.fix;
  };
  return { ...all, stepsOf, fixOf };
}

const ELSEWHERE =
  'Look on other branches and machines: `git fetch --all`, `git log --all -- drizzle/0001_plays.sql`, then `git checkout <commit> -- drizzle/0001_plays.sql`; or run `migrator repair --url <url>` on another database that has applied it, whose log may have it. If it is gone for good, `migrator repair --drop-entry 0001_plays` drops the entry, and says what that means.';

test('a text that neither git nor the log has: repair does not send people back to itself', async () => {
  const { folder, fixOf } = await applied();
  folder.remove('0001_plays.sql');
  expect(await fixOf()).toBe(`Neither git here nor the log of this database has its text. ${ELSEWHERE}`);
  expect(await fixOf('--folder')).toBe(
    'Git has no text of it here. Run `migrator repair` without `--folder`: the log of a database that has applied it has the text, or it turns out that nobody can have applied it. If it is gone for good, `migrator repair --drop-entry 0001_plays` drops the entry, and says what that means.',
  );
});

test('of the texts that git has, the one that was applied comes back', async () => {
  const { folder, stepsOf, fixOf } = await applied();
  commit(folder);
  folder.write('0001_plays.sql', 'select 2;');
  commit(folder);
  folder.remove('0001_plays.sql');
  expect(await stepsOf()).toEqual(['Restores 0001_plays.sql from git.']);
  expect(await fixOf()).toBeUndefined();
});

test('a text of git that was not applied is not restored', async () => {
  const { folder, fixOf, stepsOf } = await applied();
  folder.write('0001_plays.sql', 'select 2;');
  commit(folder);
  folder.remove('0001_plays.sql');
  expect(await stepsOf()).toEqual([]);
  expect(await fixOf()).toBe(
    `Git has other texts of it than the one that row 2 was applied with, and the log has none. ${ELSEWHERE}`,
  );
});

test('--drop-entry tells what it means for databases that have it, for new ones, and how to keep them alike', async () => {
  const { folder, stepsOf, run } = await applied();
  folder.remove('0001_plays.sql');
  expect((await stepsOf('--drop-entry', '0001_plays'))[0]).toBe(
    'Drops the entry of 0001_plays: as `--drop-entry` asks. Row 2 and its changes stay in this database, where no migration accounts for them any more (`--forget 2` deletes the row); databases that are made anew lack what it does. To keep them alike, put the same change into a new migration, or restore the file first (`git log --all -- drizzle/0001_plays.sql`).',
  );
  expect((await stepsOf('--folder', '--drop-entry', '0001_plays'))[0]).toBe(
    'Drops the entry of 0001_plays: as `--drop-entry` asks. No database was asked whether it has applied it: one that has keeps its changes, and databases that are made anew lack what it does. To keep them alike, put the same change into a new migration, or restore the file first (`git log --all -- drizzle/0001_plays.sql`).',
  );
  const { json } = await run('repair', '--yes', '--json', '--drop-entry', '#1');
  expect(findingsOf(json).map(({ code }) => code)).toContain('unknown-row');
});

test('--drop-entry of what can be restored says so', async () => {
  const { folder, stepsOf, database } = await applied();
  commit(folder);
  folder.remove('0001_plays.sql');
  await database.query('delete from drizzle.__drizzle_migrations where id > 1');
  expect((await stepsOf('--drop-entry', '0001_plays'))[0]).toBe(
    'Drops the entry of 0001_plays: as `--drop-entry` asks. This database has not applied it; one that has keeps its changes, and databases that are made anew lack what it does. To keep them alike, leave `--drop-entry` out, which restores the file.',
  );
});

test.each(['0001_plays', '#1'])(
  '--drop-entry %s of a file that is there would be undone by adopting it',
  async (name) => {
    const { run } = await applied();
    expect((await run('repair', '--json', '--drop-entry', name)).json.error).toMatchObject({
      code: 'wrong-usage',
      message: `\`--drop-entry ${name}\`: the file of \`0001_plays\` is there, and a file without an entry is adopted again.`,
      fix: 'Move 0001_plays.sql out of the folder first, if no database has applied it; to undo it, run `migrator rollback`; to undo it everywhere, write a new migration.',
    });
  },
);

test('a file that is spelled as in the journal takes its way back along', async () => {
  const { folder, run } = await setup();
  folder.rename('0001_plays.sql', '0001_Plays.sql');
  folder.write('0001_Plays.down.sql', 'drop table plays;');
  expect((await run('repair', '--folder', '--yes')).exitCode).toBe(0);
  expect(folder.read('0001_plays.down.sql')).toBe('drop table plays;');
  expect(() => folder.read('0001_Plays.down.sql')).toThrow('ENOENT');
});
