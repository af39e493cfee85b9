import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { DURABLE, openServer } from './database.mjs';
import { writeHistory } from './formats.mjs';
import { startLoad } from './load.mjs';
import { runTimed } from './measure.mjs';
import { print, printLatencies } from './print.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { MIGRATOR, packageFile } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/application/', import.meta.url));
const MIGRATION_LIMIT_MS = 300_000;
/** Postgres' own defaults, also for what `startTemporaryServer` sets for short tests. */
const SETTINGS = { ...DURABLE, autovacuum: 'on', max_wal_size: '1GB', checkpoint_timeout: '5min' };

const MODES = [
  { name: 'drizzle-kit', form: 'plain', command: () => [packageFile('drizzle-kit', 'bin.cjs'), 'migrate'] },
  {
    name: 'migrator, safe form',
    form: 'safe',
    command: () => [MIGRATOR, 'migrate', '--lock-timeout', '200ms', '--lock-retries', '100'],
  },
];

/** What an application notices of a migration: its latencies while a table of many rows is changed under it. */
export async function application({ songs, only }) {
  const server = await openServer(SETTINGS);
  try {
    print(`\n### The application during a migration, ${songs.toLocaleString('en')} songs\n`);
    const size = await makeTemplate(server, songs);
    print(
      `Table and indexes: ${size}; Postgres ${server.version}; 100 queries/s, open loop, pool of 10; 1 run each.\n`,
    );
    const rows = [{ scenario: 'no migration', mode: '-', ...(await quiet(server, songs)) }];
    for (const scenario of SCENARIOS.filter(({ id }) => !only || only.includes(id)))
      for (const mode of MODES)
        rows.push({
          scenario: `${scenario.id} ${scenario.title}`,
          mode: mode.name,
          ...(await play(server, songs, scenario, mode)),
        });
    printLatencies(rows);
  } finally {
    await server.stop();
  }
}

async function makeTemplate(server, songs) {
  await server.fresh('bench_songs');
  const sql = postgres(server.urlOf('bench_songs'), { max: 1, onnotice: () => {} });
  const artists = Math.max(1, Math.round(songs / 100));
  await sql.unsafe(`
    create table artists (id bigint primary key, name text not null);
    insert into artists select n, 'artist ' || n from generate_series(1, ${artists}) n;
    create table songs (id bigint primary key, title text not null, artist_id bigint not null, plays bigint not null default 0,
      facts jsonb not null, created_at timestamptz not null default now());
    insert into songs (id, title, artist_id, facts)
      select n, 'song ' || md5(n::text), 1 + n % ${artists},
        jsonb_build_object('key', md5(n::text), 'bpm', 60 + n % 120, 'mood', md5((n % 5000)::text),
          'tags', jsonb_build_array(md5((n % 1000)::text), md5((n % 777)::text), md5((n % 333)::text)),
          'label', 'label ' || n % 900, 'credits', repeat(md5((n % 4099)::text), 4))
      from generate_series(1, ${songs}) n;`);
  await sql.unsafe('vacuum analyze');
  const [{ size }] = await sql`select pg_size_pretty(pg_total_relation_size('songs')) as size`;
  await sql.end();
  await server.admin.unsafe('checkpoint');
  return size;
}

async function copyTemplate(server) {
  await server.admin.unsafe('drop database if exists bench_app with (force)');
  await server.admin.unsafe('create database bench_app template bench_songs strategy file_copy');
  return server.urlOf('bench_app');
}

async function quiet(server, songs) {
  const url = await copyTemplate(server);
  const load = startLoad(url, songs);
  await sleep(2000);
  const from = performance.now();
  await sleep(10_000);
  return { migrationMs: undefined, ...(await load.stop(from, performance.now())) };
}

async function play(server, songs, scenario, { name, form, command }) {
  const folder = join(WORK, `${scenario.id}-${form}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const migrations = scenario[form].map((text, index) => ({
    tag: `000${index}_${scenario.id}`,
    when: Date.UTC(2026, 0, 1 + index),
    statements: [text],
  }));
  const { drizzle } = writeHistory({ migrations }, folder);
  const url = await copyTemplate(server);
  const load = startLoad(url, songs);
  await sleep(2000);
  const idle = scenario.idleTransactionMs ? await openIdleTransaction(url, scenario.idleTransactionMs) : undefined;
  const from = performance.now();
  const run = { file: process.execPath, args: command(), cwd: drizzle, limitMs: MIGRATION_LIMIT_MS };
  const result = await runTimed({ ...run, env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' } }).catch(
    (error) => ({
      error,
    }),
  );
  await sleep(1000);
  const latencies = await load.stop(from, performance.now());
  await idle;
  if (result.error) print(`${scenario.id}, ${name}: ${result.error.message}`);
  return { migrationMs: result.wallMs, ...latencies };
}

/** A session that has read the table and then does nothing: what a forgotten transaction is. Resolves once it is open. */
async function openIdleTransaction(url, ms) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await new Promise((opened, failed) => {
    sql
      .begin(async (transaction) => {
        await transaction`select id from songs where id = 1`;
        opened();
        await sleep(ms);
      })
      .then(() => sql.end(), failed);
  });
}
