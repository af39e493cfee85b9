import { describe, expect, test } from 'vitest';
import { compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import {
  isParked,
  openTrash,
  type Parking,
  type ParkingPlace,
  parkColumn,
  parkedPatterns,
  parkSequence,
  parkTable,
  parkType,
} from '../../src/recoverable/index.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';

const place: ParkingPlace = { migration: '0007_drop' };
const title = { schema: 'public', table: 'songs', column: 'title', notNull: true } as const;

const run = (database: TestDatabase, statements: readonly string[]) => database.query(statements.join(';\n'));
const up = (database: TestDatabase, ...parkings: readonly Parking[]) =>
  run(database, [...openTrash(), ...parkings.flatMap((parking) => parking.up)]);
const down = (database: TestDatabase, ...parkings: readonly Parking[]) =>
  run(
    database,
    parkings.toReversed().flatMap((parking) => parking.down),
  );

async function catalogOf({ url }: TestDatabase) {
  const session = await Session.open(readTarget({ url }), { applicationName: 'test' });
  try {
    return await readCatalog(session, { ignore: parkedPatterns() });
  } finally {
    await session.close();
  }
}

/** Up, something meanwhile, down: the catalog must be what it was. */
async function thereAndBack(database: TestDatabase, parkings: readonly Parking[], meanwhile = async () => {}) {
  const before = await catalogOf(database);
  await up(database, ...parkings);
  await meanwhile();
  await down(database, ...parkings);
  expect(compareCatalogs(before, await catalogOf(database))).toEqual([]);
  expect(await database.query('select * from migrator_trash.parked')).toEqual([]);
}

describe('columns', () => {
  test('a required one takes rows without it, is not seen by the catalog, and comes back with its values', async () => {
    const database = await createDatabase();
    await database.query(`create table songs (id serial primary key, title text not null, plays int not null default 0);
      comment on column songs.title is 'its name'; create index on songs (plays);
      insert into songs (title) select 'song ' || n from generate_series(1, 100) n`);
    await database.query(
      `create table without_title (id serial primary key, plays int not null default 0); create index on without_title (plays);`,
    );
    const parking = parkColumn(place, title);
    await up(database, parking);
    const columns = (await catalogOf(database)).keys();
    expect([...columns].filter((key) => key.startsWith('column:public.songs.'))).toEqual([
      'column:public.songs.id',
      'column:public.songs.plays',
    ]);
    await database.query('insert into songs default values; delete from songs where id > 100');
    await down(database, parking);
    expect(await database.query(`select count(*)::int as n from songs where title = 'song ' || id`)).toEqual([
      { n: 100 },
    ]);
    await expect(database.query('insert into songs default values')).rejects.toThrow('null value in column "title"');
  });

  test('no rewrite, no scan: the file of the table stays', async () => {
    const database = await createDatabase();
    await database.query(`create table songs (id int, title text not null); insert into songs values (1, 'a')`);
    const file = () => database.query(`select pg_relation_filenode('songs') as file`);
    const before = await file();
    const parking = parkColumn(place, title);
    await up(database, parking);
    expect(await file()).toEqual(before);
    await down(database, parking);
    expect(await file()).toEqual(before);
  });

  test.each([
    ['with a default', 'title text not null default now()::text', { notNull: true, default: 'now()::text' }],
    ['serial', 'title serial', { notNull: true, default: `nextval('songs_title_seq'::regclass)` }],
    ['identity', 'title int generated always as identity', { notNull: true, identity: true }],
    ['nullable', 'title text', { notNull: false }],
    ['a domain', 'title name', { notNull: false }],
  ])('%s: new rows need nothing, and nothing stands in the way back', async (_name, column, facts) => {
    const database = await createDatabase();
    await database.query(`create table songs (id int primary key, ${column}); insert into songs (id) values (1)`);
    await thereAndBack(database, [parkColumn(place, { ...title, ...facts })], async () => {
      await database.query('insert into songs (id) values (2), (3)');
    });
  });

  test('unique with a constant default: a second new row is not the first one again', async () => {
    const database = await createDatabase();
    await database.query(`create table songs (id int primary key, title text default 'none')`);
    const parking = parkColumn(place, { ...title, notNull: false, default: `'none'`, unique: true });
    await thereAndBack(database, [parking], async () => {
      await database.query('create unique index on songs (__dropped_0007_title)');
      await database.query('insert into songs (id) values (2), (3)');
      await database.query('drop index songs___dropped_0007_title_idx');
    });
  });

  test('the same name dropped, made again and dropped again: each comes back in its turn', async () => {
    const database = await createDatabase();
    const [first, second] = [parkColumn(place, title), parkColumn({ migration: '0009_again' }, title)];
    await database.query(
      `create table songs (id int primary key, title text not null); insert into songs values (1, 'old')`,
    );
    await up(database, first);
    await database.query(`alter table songs add title text not null default 'new'`);
    await up(database, second);
    await down(database, second);
    expect(await database.query('select title from songs')).toEqual([{ title: 'new' }]);
    await database.query('alter table songs drop title');
    await down(database, first);
    expect(await database.query('select title from songs')).toEqual([{ title: 'old' }]);
  });

  test('views, policies, triggers and generated columns go on with it', async () => {
    const database = await createDatabase();
    await database.query(`create table songs (id int primary key, title text not null, upper_title text generated always as (upper(title)) stored);
      create view titles as select title from songs; create policy p on songs using (title <> 'x');
      create function f() returns trigger language plpgsql as 'begin return new; end';
      create trigger t before update of title on songs for each row execute function f();
      insert into songs values (1, 'a')`);
    await thereAndBack(database, [parkColumn(place, title)], async () => {
      await database.query('insert into songs (id) values (2); delete from songs where id = 2');
      expect(await database.query('select title from titles')).toEqual([{ title: 'a' }]);
    });
  });

  test('partitioned tables: with all partitions, even where it is the key', async () => {
    const database = await createDatabase();
    await database.query(`create table songs (id int, title text not null) partition by list (title);
      create table songs_a partition of songs for values in ('a'); insert into songs values (1, 'a')`);
    await thereAndBack(database, [parkColumn(place, title)]);
  });

  test('a table renamed meanwhile is still known to the registry', async () => {
    const database = await createDatabase();
    await database.query('create table songs (id int, title text not null)');
    await up(database, parkColumn(place, title));
    await database.query('alter table songs rename to tracks');
    expect(
      await database.query('select name, relation::text, parked_as, migration from migrator_trash.parked'),
    ).toEqual([
      { name: 'public.songs.title', relation: 'tracks', parked_as: '__dropped_0007_title', migration: '0007_drop' },
    ]);
  });

  test('a long name is cut to what Postgres takes, and stays its own', async () => {
    const database = await createDatabase();
    const [a, b] = ['a', 'b'].map((end) => `${'é'.repeat(30)}${end}`) as [string, string];
    await database.query(`create table songs ("${a}" text, "${b}" text)`);
    await thereAndBack(
      database,
      [a, b].map((column) => parkColumn(place, { ...title, column, notNull: false })),
      async () => {
        const rows = await database.query<{ name: string }>(
          `select attname as name from pg_attribute where attrelid = 'songs'::regclass and attnum > 0`,
        );
        expect(rows.every(({ name }) => isParked(name))).toBe(true);
      },
    );
  });
});

describe('tables', () => {
  test('with rows, keys, sequences, indexes, policies, triggers and grants, there and back', async () => {
    const database = await createDatabase();
    await database.query(`create table albums (id int primary key);
      create table songs (id serial primary key, album_id int constraint songs_album references albums, title text unique check (title <> ''));
      create table plays (song_id int constraint plays_song references songs);
      create index on songs (title desc); alter table songs enable row level security; create policy p on songs using (true);
      grant select on songs to public; insert into albums values (1); insert into songs (album_id, title) values (1, 'a'); insert into plays values (1)`);
    const references = (column: string, table: string) =>
      `FOREIGN KEY ("${column}") REFERENCES "public"."${table}" ("id")`;
    const parking = parkTable(place, {
      schema: 'public',
      table: 'songs',
      foreignKeys: [
        { schema: 'public', table: 'plays', name: 'plays_song', definition: references('song_id', 'songs') },
        { schema: 'public', table: 'songs', name: 'songs_album', definition: references('album_id', 'albums') },
      ],
    });
    await thereAndBack(database, [parking], async () => {
      expect([...(await catalogOf(database)).keys()].filter((key) => key.includes('songs'))).toEqual([]);
      await database.query('insert into plays values (99); delete from plays where song_id = 99');
      await database.query('create table songs (id serial primary key, title text unique); drop table songs');
    });
    expect(await database.query('select * from songs')).toEqual([{ id: 1, album_id: 1, title: 'a' }]);
    expect(await database.query(`insert into songs (title) values ('b') returning id`)).toEqual([{ id: 2 }]);
  });

  test('the same name a second time does not meet the first', async () => {
    const database = await createDatabase();
    const [first, second] = ['0007_drop', '0009_again'].map((migration) =>
      parkTable({ migration }, { schema: 'public', table: 'songs' }),
    ) as [Parking, Parking];
    await database.query('create table songs (id serial primary key); insert into songs values (7)');
    await up(database, first);
    await database.query('create table songs (id serial primary key); insert into songs values (9)');
    await up(database, second);
    await down(database, second);
    expect(await database.query('select id from songs')).toEqual([{ id: 9 }]);
    await database.query('drop table songs');
    await down(database, first);
    expect(await database.query('select id from songs')).toEqual([{ id: 7 }]);
  });

  test('a partitioned table moves alone; its partitions stay attached', async () => {
    const database = await createDatabase();
    await database.query(`create table songs (id int) partition by range (id);
      create table songs_1 partition of songs for values from (1) to (10); insert into songs values (1)`);
    await thereAndBack(database, [parkTable(place, { schema: 'public', table: 'songs' })]);
    expect(await database.query('select id from songs')).toEqual([{ id: 1 }]);
  });

  test('in other schemas, and with names that need quotes', async () => {
    const database = await createDatabase();
    await database.query(
      `create schema "Odd's"; create table "Odd's"."a""b" (id int); create table public."a""b" (id int)`,
    );
    await thereAndBack(
      database,
      ["Odd's", 'public'].map((schema) => parkTable(place, { schema, table: 'a"b' })),
    );
  });
});

test('types and sequences that parked columns are made of are parked too', async () => {
  const database = await createDatabase();
  await database.query(`create type mood as enum ('low', 'high'); create sequence numbers;
    create table songs (id int, title mood not null, number int default nextval('numbers'));
    insert into songs values (1, 'high')`);
  const parkings = [
    parkColumn(place, title),
    parkColumn(place, { ...title, column: 'number', notNull: false, default: `nextval('numbers')` }),
    parkType(place, { schema: 'public', name: 'mood' }),
    parkSequence(place, { schema: 'public', name: 'numbers' }),
  ];
  await thereAndBack(database, parkings, async () => {
    await database.query(
      `create type mood as enum ('other'); drop type mood; create sequence numbers; drop sequence numbers`,
    );
    await database.query('insert into songs values (2); delete from songs where id = 2');
  });
  expect(await database.query('select * from songs')).toEqual([{ id: 1, title: 'high', number: 1 }]);
});
