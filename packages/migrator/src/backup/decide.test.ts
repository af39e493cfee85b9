import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadParser } from '../sql/parse.js';
import { choosePgDump, type PgDumpFacts } from './choose-pg-dump.js';
import { besideName } from './create-database.js';
import { backupName, expired } from './retention.js';
import { readSchemaStatements } from './schema-statements.js';
import { leftovers } from './swap-in.js';
import { readTar, TarWriter } from './tar.js';

describe('which pg_dump', () => {
  const at = (version: string | undefined) => ({
    path: '/bin/pg_dump',
    version,
    major: Number.parseInt(version ?? '0', 10),
    ...(version === undefined && { fault: 'no such library' }),
  });
  const facts = (change: Partial<PgDumpFacts>): PgDumpFacts => ({
    asked: undefined,
    found: undefined,
    server: 17,
    builtin: 18,
    obstacle: undefined,
    ...change,
  });
  const native = (version: string) => ({ use: { path: '/bin/pg_dump', version }, passedOver: [] });

  test.each<[string, Partial<PgDumpFacts>, unknown]>([
    ['none is installed', {}, { use: 'builtin', passedOver: [] }],
    ["the server's own version", { found: at('17.2') }, native('17.2')],
    [
      'an older one',
      { found: at('15.18') },
      {
        use: 'builtin',
        passedOver: [
          '/bin/pg_dump is not used: it is of version 15.18, older than the server (17), and would refuse it.',
        ],
      },
    ],
    [
      'a newer one',
      { found: at('18.1') },
      { use: 'builtin', passedOver: ['/bin/pg_dump is not used: it is of version 18.1, the server of 17.'] },
    ],
    ['a server newer than the built-in one', { server: 19, found: at('20beta1') }, native('20beta1')],
    [
      'one that does not run',
      { found: at(undefined) },
      { use: 'builtin', passedOver: ['/bin/pg_dump is not used: it does not run (no such library).'] },
    ],
    [
      'one that cannot connect',
      { found: at('17.2'), obstacle: 'a pooler stands between' },
      { use: 'builtin', passedOver: ['/bin/pg_dump is not used: a pooler stands between.'] },
    ],
    ['the built-in one is asked for', { asked: 'builtin', found: at('17.2') }, { use: 'builtin', passedOver: [] }],
    ['a newer one is asked for', { asked: '/bin/pg_dump', found: at('18.1') }, native('18.1')],
    [
      'no one knows the server',
      { server: 19, found: at('15.18') },
      {
        error: expect.objectContaining({
          message: 'No pg_dump knows a server of version 19: the built-in one is of version 18, /bin/pg_dump of 15.18.',
        }),
      },
    ],
    ['one is asked for that is older', { asked: '/bin/pg_dump', found: at('15.18') }, { error: expect.anything() }],
    ['one is asked for that is not there', { asked: '/bin/pg_dump' }, { error: expect.anything() }],
  ])('%s', (_, change, choice) => {
    expect(choosePgDump(facts(change))).toEqual(choice);
  });
});

describe('what retention deletes', () => {
  const day = 86_400_000;
  const now = new Date('2026-11-23T12:00:00Z');
  const backups = [0, 1, 2, 40, 50].map((age) => ({
    path: `${age} days`,
    createdAt: new Date(now.getTime() - age * day),
    database: 'shop',
    server: 'a:1',
    system: '7',
  }));
  const others = [
    { path: 'another database', createdAt: new Date(0), database: 'other', server: 'a:1' },
    { path: 'another server', createdAt: new Date(0), database: 'shop', server: 'b:1' },
  ];
  test.each([
    ['no rule', {}, []],
    ['the newest two', { keep: 2 }, ['2 days', '40 days', '50 days']],
    ['at least one', { keep: 0 }, ['1 days', '2 days', '40 days', '50 days']],
    ['a month', { keepForMs: 30 * day }, ['40 days', '50 days']],
    ['nothing is young, the newest stays', { keepForMs: 0 }, ['1 days', '2 days', '40 days', '50 days']],
    [
      'the one just made, although the clock was ahead',
      { keep: 1, made: '40 days' },
      ['0 days', '1 days', '2 days', '50 days'],
    ],
    ['it counts as the newest', { keep: 2, made: '50 days' }, ['1 days', '2 days', '40 days']],
    ['nothing of another cluster at that address', { keep: 1, system: '8' }, []],
    ['either rule keeps', { keep: 4, keepForMs: 30 * day }, ['50 days']],
  ])('%s', (_, rules, gone) => {
    const found = expired([...others, ...backups].reverse(), { database: 'shop', server: 'a:1', now, ...rules });
    expect(found.map(({ path }) => path)).toEqual(gone);
  });
});

test('names', () => {
  const at = new Date('2026-11-23T09:15:00.123Z');
  expect(backupName('my shop/é', at)).toBe('my_shop__-20261123-091500Z.backup.tar');
  expect(besideName('shop', 'restoring', at)).toBe('shop_restoring_20261123091500');
  const long = besideName('é'.repeat(31), 'before_restore', at);
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(63);
  expect(long).toMatch(/^é+_[0-9a-f]{6}_before_restore_20261123091500$/);
  expect(besideName(`${'é'.repeat(30)}ü`, 'before_restore', at)).not.toBe(long);
  const [ours, others] = ['a', 'b'].map((end) => besideName(`${'x'.repeat(60)}${end}`, 'restored', at));
  const left = [
    'shop_restored_20261123091500',
    'shop_restoring_20261123091500',
    'shop_restored_x',
    ours ?? '',
    others ?? '',
  ];
  expect(leftovers(left, `${'x'.repeat(60)}a`)).toEqual({ whole: [ours], parts: [] });
  expect(leftovers(left, 'shop')).toEqual({
    whole: ['shop_restored_20261123091500'],
    parts: ['shop_restoring_20261123091500'],
  });
});

test('what pg_dump wrote, statement by statement, with what an entry in a body cannot cut', async () => {
  await loadParser();
  const sql = `SET default_tablespace = '';

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: anna
--

CREATE FUNCTION public.f() RETURNS integer LANGUAGE plpgsql AS $$ begin
--
-- Name: trap; Type: TABLE; Schema: public; Owner: nobody
--
return 1; end $$;


ALTER FUNCTION public.f() OWNER TO anna;

--
-- Name: songs; Type: TABLE; Schema: public; Owner: anna
--

SET default_tablespace = fast;

CREATE TABLE public.songs (id integer);


ALTER TABLE public.songs OWNER TO anna;

--
-- Name: TABLE songs; Type: ACL; Schema: public; Owner: anna
--

GRANT SELECT ON TABLE public.songs TO "Ben", PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE carl IN SCHEMA public GRANT SELECT ON TABLES TO dora;

--
-- Name: songs own; Type: POLICY; Schema: public; Owner: anna
--

CREATE POLICY own ON public.songs TO eve USING (true);
`;
  const statements = readSchemaStatements(sql).map(({ text, entry, about, roles }) => [
    about,
    entry,
    text.slice(0, 28),
    roles.join(),
  ]);
  expect(statements).toEqual([
    ['tablespace', '', "SET default_tablespace = ''", ''],
    ['object', 'f(); Type: FUNCTION', 'CREATE FUNCTION public.f() R', ''],
    ['owner', 'f(); Type: FUNCTION', 'ALTER FUNCTION public.f() OW', 'anna'],
    ['tablespace', 'songs; Type: TABLE', 'SET default_tablespace = fas', ''],
    ['object', 'songs; Type: TABLE', 'CREATE TABLE public.songs (i', ''],
    ['owner', 'songs; Type: TABLE', 'ALTER TABLE public.songs OWN', 'anna'],
    ['privilege', 'TABLE songs; Type: ACL', 'GRANT SELECT ON TABLE public', 'Ben'],
    ['privilege', 'TABLE songs; Type: ACL', 'ALTER DEFAULT PRIVILEGES FOR', 'carl,dora'],
    ['object', 'songs own; Type: POLICY', 'CREATE POLICY own ON public.', 'eve'],
  ]);
});

test('an archive is read as it was written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'migrator-tar-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'it.tar');
  const file = await open(path, 'w+');
  const tar = new TarWriter(file, new Date(0));
  await tar.add('empty', '');
  await tar.add('a', 'x'.repeat(512));
  await tar.add('b', 'y'.repeat(513));
  await tar.finish();
  expect(await readTar(file)).toEqual([
    { name: 'empty', offset: 512, size: 0 },
    { name: 'a', offset: 1024, size: 512 },
    { name: 'b', offset: 2048, size: 513 },
  ]);
  await file.close();
});
