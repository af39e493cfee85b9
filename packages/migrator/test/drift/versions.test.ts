import { expect, test } from 'vitest';
import { drift } from '../../src/api/drift.js';
import { migrated, told } from './harness.js';

const HISTORY = {
  '0000_songs': `create table songs (id int primary key, title text not null default 'x' || 'y', plays int check (plays between 0 and 10), at timestamptz default now() + interval '1 day',
      mood text check (mood in ('calm', 'loud')), size numeric(8,2) generated always as (plays * 2.5) stored);
    create view loud as select id, title from songs where mood = 'loud';
    create view joined as select a.id, b.title, count(*) over (partition by a.mood) as n from songs a join songs b on b.id = a.plays where a.title like 'x%';
    create view stood as select id from loud where id > 3;
    create materialized view counted as select mood, count(*) filter (where plays > 1) as n from songs group by mood order by 1;
    create index on songs (lower(title)) where mood = 'loud';
    create policy own on songs using (id in (select id from loud));
    create function add(a int, b int default 1) returns int language sql immutable as 'select a + b';
    create function add_new(a int) returns int language sql begin atomic; select a + s.plays from songs s where s.id = a; end;
    create trigger t before update of title on songs for each row when (old.title is distinct from new.title) execute function suppress_redundant_updates_trigger();
    create rule r as on delete to loud do instead delete from songs where songs.id = old.id;
    create domain short as text default 'a' check (length(value) < 10 and value <> '');
    create statistics st on mood, (lower(title)) from songs;
    create table event (at date, n int) partition by range (at, (n + 1));
    alter table songs add constraint later foreign key (plays) references songs (id) not valid;
    create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); create collation de (provider = icu, locale = 'de@collation=phonebook'); create collation c (locale = 'C');
    create text search dictionary plain (template = simple, stopwords = english); create text search configuration en (copy = english); create extension postgres_fdw;
    create server far foreign data wrapper postgres_fdw options (host 'x'); create operator === (function = int4eq, leftarg = int, rightarg = int, commutator = ===, restrict = eqsel, hashes);
    create table part (id int check (id > 0), t text default 'x' || 'y', at timestamptz, primary key (id)) partition by range (id); create table part_1 partition of part for values from (1) to (9);
    create table child (extra int, check (plays between 0 and 5)) inherits (songs);`,
};

/** The database's server is the one under test; the scratch server is always the newest. */
test('words that another version of Postgres prints are no drift; what differs is', { timeout: 120_000 }, async () => {
  const { database, project } = await migrated(HISTORY);
  const options = { owners: true, grants: true };
  const same = await drift(project, options);
  expect([told(same), same.findings]).toEqual([[], []]);
  await database.query(`create or replace view loud as select id, title from songs where mood = 'calm';
    alter table songs drop constraint songs_plays_check, add constraint songs_plays_check check (plays between 0 and 11)`);
  const report = await drift(project, options);
  expect(told(report)).toEqual(['changed constraint:public.songs.songs_plays_check', 'changed view:public.loud']);
  expect(report.findings.map(({ code }) => code)).toEqual(
    report.servers.live === report.servers.scratch ? [] : ['drift-other-version'],
  );
  for (const sql of report.mend.statements) await database.query(sql);
  expect(told(await drift(project, options))).toEqual([]);
});
