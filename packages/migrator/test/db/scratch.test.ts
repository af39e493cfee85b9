import { describe, expect, inject, test } from 'vitest';
import { compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { type ScratchDatabase, type ScratchOptions, withScratch } from '../../src/scratch/index.js';
import { failureOf } from '../setup/cli.js';
import { createDatabase, createRole, query } from '../setup/database.js';

const server = inject('serverUrl');

async function isThere(database: string): Promise<boolean> {
  return (await query(server, `select from pg_database where datname = '${database}'`)).length > 0;
}

const ask = async ({ session }: ScratchDatabase, sql: string) =>
  Object.values((await session.rows(`select (${sql}) as value`))[0] ?? {})[0];

describe.each([
  ['a temporary server', {}],
  ['a given server', { url: server }],
] as const)('on %s', (_, options: ScratchOptions) => {
  test('databases are made, copied and dropped, and run what they are given', async () => {
    await withScratch(options, async (scratch) => {
      const first = await scratch.create();
      await first.run([
        'create table songs (id serial primary key, title text)',
        `insert into songs (title) values ('a')`,
      ]);
      const copy = await scratch.create({ from: first });
      await copy.run(`insert into songs (title) values ('b');\ncreate index on songs (title)`);
      expect(await ask(first, 'select count(*)::int from songs')).toBe(1);
      expect(await ask(copy, `select string_agg(title, ',') from songs`)).toBe('a,b');
      const differences = compareCatalogs(await readCatalog(first.session), await readCatalog(copy.session));
      expect(differences.map(({ key }) => key)).toEqual(['index:public.songs_title_idx']);
      expect(await query(copy.url, 'select current_database() as name')).toEqual([{ name: copy.name }]);
      await copy.drop();
      await expect(query(copy.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
      expect(scratch.serverVersion).toBeGreaterThanOrEqual(14);
    });
  });

  test('a history runs as the engine runs it', async () => {
    await withScratch(options, async (scratch) => {
      const database = await scratch.create();
      const history = [
        `create type mood as enum ('good');\n--> statement-breakpoint\ncreate table songs (mood mood)`,
        // A new value must be committed before it is used.
        `alter type mood add value 'bad';\ninsert into songs values ('bad')`,
        'create index concurrently on songs (mood); vacuum songs',
        `begin; insert into songs values ('good'); commit; insert into songs values ('good')`,
        `-- migrator: no-transaction\ninsert into songs values ('good'); do $$ begin insert into songs values ('good'); commit; end $$`,
        `begin; insert into songs values ('good'); rollback; begin; insert into songs values ('good'); commit and chain`,
        '-- nothing',
      ];
      await database.replay(history.map((sql, n) => ({ tag: `000${n}`, path: `000${n}.sql`, sql })));
      expect(await ask(database, 'select count(*)::int from songs')).toBe(6);
      expect(await ask(database, `select pg_current_xact_id_if_assigned() is null`)).toBe(true);
    });
  });

  test('a failure points into the file, keeps nothing of its transaction, and leaves the database usable', async () => {
    await withScratch(options, async (scratch) => {
      const database = await scratch.create();
      const sql = 'create table a (id integer);\n\ncreate table b (id integr);\ncreate table c (id integer);\n';
      const error = await failureOf(database.run({ tag: '0007_b', path: 'drizzle/0007_b.sql', sql }));
      expect({ ...error, message: error.message, cause: undefined }).toMatchObject({
        code: 'statement-failed',
        message: '`0007_b` failed in statement 2 of 3: type "integr" does not exist (42704)',
        where: 'drizzle/0007_b.sql:3:20',
        state: 'It ran on a scratch database only; no other was touched.',
        fix: 'Correct drizzle/0007_b.sql.',
      });
      expect(error.detail).toContain('> 3 | create table b (id integr);\n    |                    ^');
      await database.run('create table a (id integer)');

      const deferred =
        'create table p (id integer primary key, p integer references p deferrable initially deferred); insert into p values (1, 2)';
      expect((await failureOf(database.run(deferred))).message).toContain('violates foreign key constraint');
      expect((await failureOf(database.run('begin; select 1/0; commit; select 1'))).message).toContain(
        'statement 2 of 4',
      );
      expect((await failureOf(database.run('copy a from stdin'))).message).toContain('copies data');
      expect((await failureOf(database.run('create extension no_such_extension'))).fix).toBe(
        'Use a server that has the extension `no_such_extension` for scratch databases.',
      );
      expect(
        await ask(
          database,
          `select string_agg(relname, ',') from pg_class where relnamespace = 'public'::regnamespace`,
        ),
      ).toBe('a');
    });
  });

  test('roles work in each database as if it had its server for itself', async () => {
    const role = `scratch_role_${process.pid}_${options.url ? 1 : 2}`;
    await withScratch(options, async (scratch) => {
      const [one, two] = [await scratch.create(), await scratch.create()];
      const make = `create role ${role} login; create table t (id integer); create policy p on t to ${role} using (true)`;
      await one.run(make);
      await two.run(make);
      expect([one.roles, two.roles]).toEqual([[role], [role]]);
      const catalogs = [await readCatalog(one.session, one), await readCatalog(two.session, two)] as const;
      expect(compareCatalogs(...catalogs)).toEqual([]);
      expect(catalogs[0].get(`role:${role}`)?.text).toBe('role login');

      expect((await failureOf(two.run(`create role ${role}`))).message).toContain('already exists');
      expect((await failureOf(two.run(`drop role ${role}`))).message).toContain('some objects depend on it');
      await two.run(`drop policy p on t; drop role ${role}`);
      expect((await failureOf(two.run(`drop role ${role}`))).message).toContain('does not exist');
      expect(two.roles).toEqual([]);
      await two.run(`create role ${role}; create policy p on t to ${role} using (true)`);
      await one.run(`drop table t`);
      await two.run(`drop table t; drop role ${role}`);
      await one.run(`drop role ${role}; create role ${role} createdb; alter role ${role} rename to ${role}_x`);
      expect((await readCatalog(one.session, one)).get(`role:${role}_x`)?.text).toBe('role createdb');
    });
    expect(await query(server, `select from pg_roles where rolname like '${role}%'`)).toEqual([]);
  });

  test('what names the real database does not reach it', async () => {
    const { name } = await createDatabase();
    await withScratch(options, async (scratch) => {
      const database = await scratch.create();
      await database.run(
        `grant create on database ${name} to public; alter database ${name} set work_mem to '1MB'; comment on database ${name} is 'x'`,
      );
    });
    expect(
      await query(
        server,
        `select datacl, shobj_description(oid, 'pg_database') as comment from pg_database where datname = '${name}'`,
      ),
    ).toEqual([{ datacl: null, comment: null }]);
  });

  test('nothing is left after a failure', async () => {
    let names: string[] = [];
    let url = '';
    await expect(
      withScratch(options, async (scratch) => {
        const database = await scratch.create();
        const copy = await scratch.create({ from: database });
        names = [database.name, copy.name];
        url = copy.url;
        throw new Error('mine');
      }),
    ).rejects.toThrow('mine');
    for (const name of names) expect(await isThere(name)).toBe(false);
    await expect(query(url, 'select 1')).rejects.toThrow();
  });

  test('nothing is left after an abort, which ends what runs', async () => {
    const controller = new AbortController();
    let name = '';
    const started = performance.now();
    const run = withScratch({ ...options, signal: controller.signal }, async (scratch) => {
      const database = await scratch.create();
      name = database.name;
      setTimeout(() => controller.abort(new Error('enough')), 50);
      await database.run('select pg_sleep(60)');
    });
    const error = await failureOf(run);
    expect(error).toMatchObject({ code: 'interrupted' });
    expect(error.message).toContain('enough');
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(await isThere(name)).toBe(false);
  });

  test('an abort also ends what runs in the session itself', async () => {
    const controller = new AbortController();
    const run = withScratch({ ...options, signal: controller.signal }, async (scratch) => {
      const database = await scratch.create();
      setTimeout(() => controller.abort(new Error('enough')), 50);
      await database.session.run('select pg_sleep(60)');
    });
    expect(await failureOf(run)).toMatchObject({ code: 'interrupted' });
  });
});

test('a role is renamed in one database while another has a role of the old or the new name', async () => {
  await withScratch({}, async (scratch) => {
    const one = await scratch.create();
    await one.run(`create role writer createdb; create schema app authorization writer; create table t (id integer); create policy p on t to writer, public;
      create policy q on t to writer using (true)`);
    const [two, three] = [await scratch.create({ from: one }), await scratch.create()];
    await three.run(
      'create role author createdb; create schema app authorization author; create table t (id integer); create policy q on t to author using (true)',
    );
    await three.run('create policy p on t to author, public');
    const read = (database: ScratchDatabase) => readCatalog(database.session, { owners: true, roles: database.roles });
    const before = await read(one);
    await two.run('alter role writer rename to author');
    expect(two.roles).toEqual(['author']);
    expect(compareCatalogs(await read(three), await read(two))).toEqual([]);
    expect(compareCatalogs(before, await read(one))).toEqual([]);
    await two.run('alter role author rename to writer');
    expect(compareCatalogs(before, await read(two))).toEqual([]);
    expect((await failureOf(two.run('drop role writer'))).message).toContain('some objects depend on it');
    await two.run('drop policy p on t; drop policy q on t; drop schema app; drop role writer');
    await one.run(
      'drop policy p on t; alter role writer rename to reader; drop policy q on t; drop schema app; drop role reader',
    );
  });
});

describe('on a given server', () => {
  test('its roles, databases and settings stay as they are', async () => {
    const owned = await createDatabase();
    const role = await createRole(owned);
    await query(server, `alter database ${owned.name} owner to ${role.name}`);
    const state = () =>
      query(
        server,
        `select rolname, rolcreatedb, rolconfig, (select array_agg(datname) from pg_database where datdba = r.oid) as owns,
        (select count(*)::int from pg_auth_members where member = r.oid) as memberships from pg_roles r where rolname = '${role.name}'`,
      );
    const before = await state();
    await withScratch({ url: server }, async (scratch) => {
      const database = await scratch.create();
      await database.run(`create role ${role.name} createdb`);
      await database.run(`drop role ${role.name}`);
      await database.run(`alter role ${role.name} createdb; alter role ${role.name} set work_mem to '1MB'; grant pg_monitor to ${role.name};
        reassign owned by ${role.name} to postgres; drop role if exists ${role.name}; create database never_${process.pid}; alter system set work_mem to '1MB'`);
    });
    expect(await state()).toEqual(before);
    expect(await isThere(`never_${process.pid}`)).toBe(false);
    await query(server, `alter database ${owned.name} owner to current_user`);
  });

  test('leftovers of killed runs go after a day, and no others', async () => {
    const name = (hoursAgo: number) =>
      `migrator_scratch_${(Date.now() - hoursAgo * 3_600_000).toString(36)}_${'0'.repeat(9)}${process.pid.toString(16).padStart(3, '0').slice(-3)}`;
    const [old, young] = [name(25), name(23)];
    await query(server, `create database ${old}`);
    await query(server, `create database ${young}`);
    await withScratch({ url: server }, async () => {});
    expect([await isThere(old), await isThere(young)]).toEqual([false, true]);
    await query(server, `drop database ${young}`);
  });

  test('a role that may not create databases is told so', async () => {
    const database = await createDatabase();
    const role = await createRole(database);
    const error = await failureOf(
      withScratch({ url: database.as(role.name, role.password) }, (scratch) => scratch.create()),
    );
    expect(error.code).toBe('permission-denied');
    expect(error.fix).toContain(`alter role "${role.name}" createdb`);
  });

  test('a server that cannot be reached is told so', async () => {
    const error = await failureOf(withScratch({ url: 'postgresql://me@127.0.0.1:1/x' }, (scratch) => scratch.create()));
    expect(error.code).toBe('connection-failed');
  });
});

test('a signal that is aborted already starts nothing', async () => {
  const run = withScratch({ signal: AbortSignal.abort(new Error('before')) }, async () => 'ran');
  expect((await failureOf(run)).message).toContain('before');
});
