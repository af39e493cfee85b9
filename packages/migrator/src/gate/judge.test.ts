import { describe, expect, test } from 'vitest';
import type { Migration } from '../core/types.js';
import { isCutBeforeTag, readApplicationName } from './application-name.js';
import { isNamed } from './ignored.js';
import { type ClientInstance, type ClientSession, type Contract, judge, whoWaits } from './judge.js';
import { type GateSettings, HEARTBEAT_COLUMNS } from './settings.js';
import { advice } from './words.js';

const SINCE = new Date('2026-11-23T03:12:31Z');

const tags = ['0000_songs', '0001_plays', '0002_drop_title', '0002_drop_title_index', '0003_likes'];
const migrations = tags.map(
  (tag, position): Migration => ({ tag, position, idx: position, when: position, path: `drizzle/${tag}.sql` }),
);
const dropTitle: Contract = { tag: '0002_drop_title', from: 2, late: false };

function session(applicationName: string | null, facts: Partial<ClientSession> = {}): ClientSession {
  return {
    pid: 1,
    applicationName,
    user: 'app',
    host: '10.0.0.7',
    since: SINCE,
    isIdle: false,
    hidden: false,
    ...facts,
  };
}

function stateOf(
  sessions: readonly ClientSession[],
  { instances = [], contracts = [dropTitle], ignore = [], settings = {}, files = migrations } = {} as {
    instances?: readonly ClientInstance[];
    contracts?: readonly Contract[];
    ignore?: readonly string[];
    settings?: Partial<GateSettings>;
    files?: readonly Migration[];
  },
) {
  return judge({ sessions, instances, blind: false }, contracts, {
    migrations: files,
    settings: { ignore, ...settings },
  });
}

const whyOf = (name: string | null, options: Parameters<typeof stateOf>[1] = {}) =>
  stateOf([session(name)], options).waiting[0]?.clients[0]?.why ?? 'open';

describe('which schema a session knows', () => {
  test.each([
    { name: 'web/1.4.0 db/0.3.0 0001_plays', why: 'older' },
    { name: 'web/1.4.0 db/0.3.0 0002_drop_title', why: 'open' },
    { name: 'web/1.4.0 db/0.3.0 0003_likes', why: 'open' },
    { name: 'web/1.4.0 db/0.3.0 0004_of_another_branch', why: 'unknown-tag' },
    // Not cut, so it is no beginning of anything.
    { name: 'web/1.4.0 db/0.3.0 0003', why: 'unknown-tag' },
    { name: 'web/1.4.0 db/0.3.0', why: 'no-version' },
    { name: 'web', why: 'no-version' },
    { name: 'postgres.js', why: 'no-version' },
    { name: '', why: 'no-version' },
    { name: null, why: 'no-version' },
    // As PgBouncer writes it with application_name_add_host.
    { name: 'web/1.4.0 db/0.3.0 0003_likes - 10.0.0.9:4711', why: 'open' },
    { name: 'web/1.4.0 db/0.3.0 0001_plays - unix(123):0', why: 'older' },
    { name: 'web/1.4.0 db/0.3.0 0003_likes via Supavisor', why: 'open' },
    // Others speak through it.
    { name: 'Supavisor', why: 'no-version' },
    { name: 'psql', why: 'open' },
    { name: 'DBeaver 24.1 - Main <melodia>', why: 'open' },
    { name: 'migrator gate', why: 'open' },
    { name: 'migrator/1.0.0 0a1b2c3d', why: 'open' },
    // An application that happens to be called so says what it knows.
    { name: 'psql/1.0.0 db/0.3.0 0001_plays', why: 'older' },
    { name: 'migrator/1.0.0 db/0.3.0 0001_plays', why: 'older' },
    { name: 'psqlite', why: 'no-version' },
  ])('$name: $why', ({ name, why }) => {
    expect(whyOf(name)).toBe(why);
  });
});

describe('a tag that is cut at 63 bytes', () => {
  const cutTo = (tag: string, bytes: number) => {
    const rest = ` db/0.3.0 ${tag.slice(0, bytes)}`;
    return `w/${'1'.repeat(63 - 2 - rest.length)}${rest}`;
  };
  test.each([
    { tag: '0003_likes', bytes: 8, why: 'open' },
    { tag: '0001_plays', bytes: 8, why: 'older' },
    // It may be either of two: the earlier counts.
    { tag: '0002_drop_title_index', bytes: 15, why: 'open' },
    { tag: '0002_drop_title_index', bytes: 15, from: 3, why: 'older' },
    { tag: '0003_likes', bytes: 1, why: 'older' },
    { tag: '0009_unknown', bytes: 6, why: 'unknown-tag' },
  ])('$tag after $bytes: $why', ({ tag, bytes, why, from = 2 }) => {
    const name = cutTo(tag, bytes);
    expect(Buffer.byteLength(name)).toBe(63);
    expect(whyOf(name, { contracts: [{ ...dropTitle, from }] })).toBe(why);
  });

  test('a name that is cut before the tag says nothing, and the advice is another', () => {
    const name = `web/1.4.0-rc.${'0'.repeat(46)} db/`.slice(0, 63);
    expect(readApplicationName(name)).toBeUndefined();
    expect(isCutBeforeTag(name)).toBe(true);
    const state = stateOf([session(name)]);
    expect(advice(state, state.waiting[0]?.clients ?? [])).toBe(
      `The name \`${name}\` was cut at 63 bytes before it says what it knows: shorten the versions in it.`,
    );
  });
});

test('who knows a migration that was squashed knows the squash if it was the last of it', () => {
  const of = ['0000_a', '0001_b'].map((tag, when) => ({ tag, when, hash: tag }));
  const squash: Migration = {
    tag: '0001_all',
    position: 0,
    idx: 0,
    when: 1,
    path: 'all.sql',
    squash: { of, earlier: [] },
  };
  const contracts = [{ tag: '0001_all', from: 0, late: false }];
  const files = [squash];
  expect(whyOf('web/1 db/1 0000_a', { contracts, files })).toBe('older');
  expect(whyOf('web/1 db/1 0001_b', { contracts, files })).toBe('open');
});

test('a migration put before applied ones is known only to who knows what comes after them', () => {
  const late = { tag: '0001_plays', from: 4, late: true };
  expect(whyOf('web/1 db/1 0002_drop_title', { contracts: [late] })).toBe('maybe-older');
  expect(whyOf('web/1 db/1 0003_likes', { contracts: [late] })).toBe('open');
});

describe('settings name who never counts', () => {
  test.each([
    { ignore: ['grafana*'], applicationName: 'Grafana 12', named: true },
    { ignore: ['grafana'], applicationName: 'grafana 12', named: false },
    { ignore: ['a.c'], applicationName: 'abc', named: false },
    { ignore: ['user:app'], applicationName: '', named: true },
    { ignore: ['user:app*'], applicationName: null, named: true },
    { ignore: ['host:10.0.0.*'], applicationName: 'x', named: true },
    { ignore: ['host:10.0.0.1'], applicationName: 'x', named: false },
    { ignore: ['* billing/*'], applicationName: 'web/1 billing/2 0003_x', named: true },
  ])('$ignore of $applicationName: $named', ({ ignore, applicationName, named }) => {
    expect(isNamed({ applicationName, user: 'app', host: '10.0.0.7' }, ignore)).toBe(named);
    expect(stateOf([session(applicationName)], { ignore })).toMatchObject({ open: named, ignored: named ? 1 : 0 });
  });
});

test('sessions that differ in nothing are one entry, the oldest first, and their number is no news', () => {
  const old = 'web/1.4.0 db/0.3.0 0001_plays';
  const later = new Date(SINCE.getTime() + 60_000);
  const sessions = [
    session('worker/1 db/0.3.0 0000_songs', { since: later }),
    session(old, { since: later, isIdle: true }),
    session(old),
    session('psql'),
  ];
  const state = stateOf(sessions);
  expect(state).toMatchObject({
    open: false,
    sessions: 3,
    ignored: 1,
    waiting: [
      {
        tag: '0002_drop_title',
        clients: [
          {
            app: 'web',
            version: '1.4.0',
            packageVersion: '0.3.0',
            tag: '0001_plays',
            sessions: 2,
            idle: 1,
            since: SINCE,
          },
          { app: 'worker', tag: '0000_songs', sessions: 1 },
        ],
      },
    ],
  });
  expect(whoWaits(stateOf([...sessions, session(old)].reverse()))).toBe(whoWaits(state));
  expect(whoWaits(stateOf(sessions.slice(1)))).not.toBe(whoWaits(state));
});

test('who is in the way of which of several', () => {
  const contracts = [dropTitle, { tag: '0003_likes', from: 4, late: false }];
  const state = stateOf([session('web/1 db/1 0002_drop_title')], { contracts });
  expect(state.waiting.map(({ tag }) => tag)).toEqual(['0003_likes']);
});

test('processes of the heartbeat table count as sessions do', () => {
  const instance = { app: 'web', version: '1', packageVersion: '1', host: 'pod-7', since: SINCE };
  const state = stateOf([], {
    instances: [
      { ...instance, tag: '0001_plays' },
      { ...instance, tag: '0003_likes' },
      { ...instance, tag: null },
    ],
  });
  expect(state.waiting[0]?.clients).toMatchObject([
    { why: 'older', instances: 1, sessions: 0 },
    { why: 'no-version', instances: 1, sessions: 0 },
  ]);
  expect(advice(state, state.waiting[0]?.clients.slice(1) ?? [])).toContain('each row of the heartbeat table');
});

test('sessions of a pooler never count where a heartbeat table tells who is behind it', () => {
  const heartbeat = { schema: 'public', table: 'app_instances', columns: HEARTBEAT_COLUMNS, freshMs: 60_000 };
  expect(stateOf([session('Supavisor')], { settings: { heartbeat } })).toMatchObject({ open: true, ignored: 1 });
  const blind = stateOf([session('Supavisor')]);
  expect(advice(blind, blind.waiting[0]?.clients ?? [])).toBe(
    'Through the sessions of a pooler others speak, who cannot be seen: let each process say in a table that it runs, and name it: `migrator: { gate: { heartbeat: { table: … } } }`.',
  );
});

test('the advice names the silent, so that it can be pasted', () => {
  const state = stateOf([session("o'brien\\"), session(''), session(null, { user: null, host: null, hidden: true })]);
  expect(advice(state, state.waiting[0]?.clients ?? [])).toContain(
    `\`migrator: { gate: { ignore: ['o\\'brien\\\\', 'user:app'] } }\``,
  );
  expect(advice(state, state.waiting[0]?.clients ?? [])).toContain('`GRANT pg_read_all_stats` to it');
});
