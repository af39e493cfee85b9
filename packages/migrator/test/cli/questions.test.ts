import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { openTrash, parkTable } from '../../src/recoverable/index.js';
import { readEverything } from '../setup/catalog.js';
import { createDatabase } from '../setup/database.js';
import { makeProject, writeFiles } from '../setup/project.js';
import { CTRL_C, CTRL_D, inTerminal } from '../setup/terminal.js';

/** Each command that asks, in a real pseudo-terminal. */
async function setup() {
  const database = await createDatabase();
  const parking = parkTable({ migration: '0001_drop' }, { schema: 'public', table: 'songs' });
  const project = makeProject(database, {
    '0000_songs': 'create table songs (id int); create table notes (what text);',
    '0001_drop': [...openTrash(), ...parking.up].join(';'),
    '0002_note': `insert into notes values ('a');`,
  });
  writeFiles(project.root, {
    'drizzle/0000_songs.down.sql': 'drop table songs, notes;',
    'drizzle/0001_drop.down.sql': parking.down.join(';'),
    'drizzle/0002_note.down.sql': 'truncate notes;',
  });
  await migrate(project);
  return { database, root: project.root };
}

const COMMANDS: Readonly<Record<string, readonly [question: string, done: string]>> = {
  rollback: ['Roll back 1 migration, and lose these data?', 'Rolled back 1 migration'],
  redo: ['Roll back and apply again 1 migration, and lose these data?', 'Applied 1 migration'],
  'purge --older-than 0s': ['Destroy what is marked (1 drop)? No rollback brings it back then.', 'Purged 1 drop.'],
  'migrate --force 0002_note': ['Run `0002_note` again, although it is applied?', 'Applied 1 migration'],
};

const LEFT = `✗ The question was left open. [interrupted]
  Nothing was changed.
  Next: Run it again and answer, or pass \`--yes\`.
`;
const DENIED = `✗ Not confirmed. [needs-confirmation]
  Nothing was changed.
  Next: Run it again and answer yes.
`;

describe.each(Object.entries(COMMANDS))('%s', (command, [question, done]) => {
  test('yes', async () => {
    const { root } = await setup();
    const { shown, exitCode } = await inTerminal(root, command, [[question, 'y']]);
    expect([exitCode, shown]).toEqual([0, expect.stringContaining(done)]);
  });

  test.each([
    ['no', 'n', 2, DENIED],
    ['Return, which means no', '\r', 2, DENIED],
    ['Ctrl-C', CTRL_C, 130, LEFT],
    ['Ctrl-D', CTRL_D, 130, LEFT],
  ])('%s: nothing is changed', async (_name, key, code, told) => {
    const { database, root } = await setup();
    const before = await readEverything(database);
    const { shown, exitCode } = await inTerminal(root, command, [[question, key]]);
    expect(shown.replaceAll('\r\n', '\n')).toContain(told);
    expect(exitCode).toBe(code);
    expect(await readEverything(database)).toEqual(before);
  });
});
