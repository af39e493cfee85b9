// Two versions of the applications' queries, while what the old one needs is renamed, made another type, or taken away.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { DURABLE, openServer } from './database.mjs';
import { writeHistory } from './formats.mjs';
import { startLoad } from './load.mjs';
import { runTimed } from './measure.mjs';
import { print } from './print.mjs';
import { MIGRATOR, packageFile } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/zero-downtime/', import.meta.url));
/** The changes are those of the test: there each is a file with its migrations and both versions' queries. */
const CHANGES = new URL('../../packages/migrator/test/zero-downtime/', import.meta.url);
const SETTINGS = { ...DURABLE, autovacuum: 'on', max_wal_size: '1GB', checkpoint_timeout: '5min' };
const PER_SECOND = 50;
const LIMIT_MS = 1_200_000;
const LOCKS = ['--lock-timeout', '200ms', '--lock-retries', '100'];

const read = (file) => readFileSync(new URL(file, CHANGES), 'utf8');

export async function zeroDowntime({ songs, only, batch }) {
  const server = await openServer(SETTINGS);
  try {
    const size = await makeTemplate(server, songs);
    print(`\n### Zero downtime: two versions' queries during a change, ${songs.toLocaleString('en')} songs\n`);
    print(
      `Table and indexes: ${size}; Postgres ${server.version}; ${PER_SECOND} queries/s a version, open loop, pools of 10.\n`,
    );
    print(
      '| change | by | seconds | queries, old + new | failed, old + new | p99 ms, old / new | longest ms, old / new | what failed |',
    );
    print('|---|---|---:|---:|---:|---:|---:|---|');
    for (const change of ['rename', 'type', 'remove'])
      for (const tool of ['drizzle-kit', 'migrator'])
        if (!only || only.includes(change) || only.includes(`${change}:${tool}`))
          await play(server, songs, change, tool, batch);
  } finally {
    await server.stop();
  }
}

async function makeTemplate(server, songs) {
  await server.fresh('bench_zero');
  const url = server.urlOf('bench_zero');
  await query(url, read('songs.sql'));
  await query(
    url,
    `insert into songs (slug, tags, selected_variant, play_count, like_count, song_variants)
       select 'song-' || n, array[md5((n % 50)::text), 'piano'], '0', n % 1000 + 1, 1,
         jsonb_build_object('0', jsonb_build_object('title', 'song ' || n, 'lyrics', repeat(md5(n::text), 6)))
       from generate_series(1, ${songs}) n`,
  );
  await query(url, 'vacuum analyze');
  const [{ size }] = await query(url, `select pg_size_pretty(pg_total_relation_size('songs')) as size`);
  await server.admin.unsafe('checkpoint');
  return size;
}

async function play(server, songs, change, tool, batch) {
  const parts = readParts(`${change}.sql`);
  const of = (name) => parts[`${name} of ${tool}`] ?? parts[name];
  await server.admin.unsafe('drop database if exists bench_app with (force)');
  await server.admin.unsafe('create database bench_app template bench_zero strategy file_copy');
  const url = server.urlOf('bench_app');
  const steps = (tool === 'migrator' ? ['expand', 'backfill', 'validate', 'contract'] : ['drizzle-kit']).filter(
    (step) => step in parts,
  );
  const folder = join(WORK, `${change}-${tool}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const migrations = steps.map((step, index) => ({
    tag: `000${index}_${step.replace('-', '_')}`,
    when: Date.UTC(2026, 0, 1 + index),
    statements: [parts[step]],
  }));
  const { drizzle: cwd } = writeHistory({ migrations }, folder);
  const run = (...args) =>
    runTimed({
      file: process.execPath,
      args,
      cwd,
      limitMs: LIMIT_MS,
      env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' },
    });

  const began = performance.now();
  const old = startVersion(url, `web/1.0.0 db/1.0.0 before`, parts.old, songs);
  await sleep(2000);
  if (tool === 'migrator') await run(MIGRATOR, 'migrate', '--phase', 'expand', ...LOCKS, '--backfill-batch', batch);
  else await run(packageFile('drizzle-kit', 'bin.cjs'), 'migrate');
  // The deployment: both versions run for a while, then the old one goes; only that lets the gate open.
  const next = startVersion(url, `web/2.0.0 db/2.0.0 ${migrations.at(-1).tag}`, of('new'), songs);
  await sleep(3000);
  const contract = tool === 'migrator' && run(MIGRATOR, 'migrate', '--phase', 'contract', '--wait', '5m', ...LOCKS);
  await sleep(2000);
  const before = await old.stop();
  await contract;
  await sleep(2000);
  const after = await next.stop();
  const seconds = (performance.now() - began) / 1000;
  const [{ n }] = await query(url, of('counted'));
  const [{ n: initial }] = await query(server.urlOf('bench_zero'), `select ${INITIAL[change]}::int as n from songs`);
  const lost = initial + before.counted + after.counted - n;
  if (lost !== 0) throw new Error(`${change}, ${tool}: ${lost} of the versions' writes are not in the column.`);
  const failed = [...new Set([...before.messages, ...after.messages])].join('; ') || '-';
  const both = (read) => `${read(before)} + ${read(after)}`;
  const each = (read) => `${Math.round(read(before))} / ${Math.round(read(after))}`;
  print(
    `| ${change} | ${tool} | ${seconds.toFixed(1)} | ${both((side) => side.queries)} | ${both((side) => side.errors + side.unanswered)} | ${each((side) => side.p99)} | ${each((side) => side.max)} | ${failed} |`,
  );
}

const INITIAL = { rename: 'sum(play_count)', type: 'sum(like_count)', remove: 'sum(play_count)' };

/** A version of the application. The first of its queries adds one to what is counted. */
function startVersion(url, application_name, text, songs) {
  const queries = text.split(';').filter((part) => part.trim());
  let counted = 0;
  const load = startLoad(url, songs, {
    perSecond: PER_SECOND,
    options: { prepare: false, connection: { application_name } },
    ask: async (sql, number, id) => {
      const text = queries[number % queries.length];
      await sql.unsafe(text.replaceAll('$id', String(id)).replaceAll('$new', String(number)));
      if (number % queries.length === 0) counted += 1;
    },
  });
  return { stop: async () => ({ ...(await load.stop()), counted }) };
}

function readParts(file) {
  const [, ...parts] = read(file).split(/^-- ## (.+)\n/m);
  return Object.fromEntries(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1]]] : [])));
}

async function query(url, text) {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}
