import { test } from 'vitest';
import { migrate } from '../../src/api/migrate.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { makeProject } from '../setup/project.js';
test('x', async () => {
  const database = await createDatabase();
  const H = {
    '0000_songs': `create table songs (id int primary key, title text); create index songs_title on songs (title); create view titles as select title from songs;`,
    '0001_add': 'alter table songs add plays int not null default 0;',
  };
  const project = makeProject(database, H);
  await migrate(project);
  project.write({ ...H, '0002_likes': 'alter table songs add likes int;' });
  const run = async (...argv: string[]) => {
    const r = await runCli(project.root, 'drift', '--scratch-url', serverUrl(), ...argv);
    console.log(argv.join(' '), r.exitCode, '\n' + r.out + '--err\n' + r.err);
  };
  await run();
  await database.query(`drop index songs_title; alter table songs alter plays type bigint; create table extra (id int generated always as identity, note text); comment on table extra is 'x'; create schema auth; create table auth.users (id int); create extension pg_stat_statements;
   create function f() returns int language plpgsql as $$ begin
   return 1; end $$; create or replace view titles as select title, id from songs`);
  await run('--check');
  await run('--sql', 'mend');
  await run('--sql', 'adopt');
  await run('--adopt', 'keep_extra');
  await run('--accept', 'table:public.extra', '--reason', 'because');
  await run();
  await run('--json');
  project.write(H);
  await run('--adopt', 'keep_extra');
  await runCli(project.root, 'repair', '--mark-applied', '0002_keep_extra', '--yes').then((r) => console.log(r.out, r.err));
  await run('--check');
  await run('--accept', 'zzz:*', '--reason', 'because');
  await run('--adopt', 'again_extra');
});
