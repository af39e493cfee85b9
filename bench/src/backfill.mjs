import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { DURABLE, openServer } from './database.mjs';
import { writeHistory } from './formats.mjs';
import { startLoad } from './load.mjs';
import { print, printLatencies } from './print.mjs';
import { MIGRATOR, packageFile } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/backfill/', import.meta.url));
const SETTINGS = { ...DURABLE, autovacuum: 'on', max_wal_size: '1GB', checkpoint_timeout: '5min' };
const KILLS = 20;
const QUIET_MS = 20_000;

/** The counter tells how often a row was changed; the application changes another column meanwhile. */
const SQL = '-- migrator: backfill\nUPDATE songs SET slug = lower(title), changed = changed + 1;';

/** A backfill that is killed 20 times beside an application, and drizzle-kit's one UPDATE of the same file. */
export async function backfill({ songs }) {
  const server = await openServer(SETTINGS);
  try {
    print(`\n### A backfill of ${songs.toLocaleString('en')} rows\n`);
    await makeTemplate(server, songs);
    const drizzle = writeProject();
    const none = await quiet(server, songs);
    const ours = await killed(server, songs, drizzle);
    const theirs = await inOneGo(server, songs, drizzle);
    print(`Killed with SIGKILL ${KILLS} times, at ${ours.kills.join(', ')} rows; Postgres ${server.version}.`);
    print(`Rows by how often they were changed: ${ours.counts}; drizzle-kit: ${theirs.counts}.\n`);
    printLatencies([none, ours, theirs]);
  } finally {
    await server.stop();
  }
}

async function makeTemplate(server, songs) {
  await server.fresh('bench_backfill');
  const sql = postgres(server.urlOf('bench_backfill'), { max: 1, onnotice: () => {} });
  await sql.unsafe(`
    create table songs (id bigint primary key, title text not null, slug text, artist_id bigint not null, plays bigint not null default 0,
      changed int not null default 0);
    insert into songs (id, title, artist_id) select n, 'Song ' || md5(n::text), 1 + n % 20000 from generate_series(1, ${songs}) n;`);
  await sql.unsafe('vacuum analyze');
  await sql.end();
  await server.admin.unsafe('checkpoint');
}

async function copyTemplate(server) {
  await server.admin.unsafe('drop database if exists bench_app with (force)');
  await server.admin.unsafe('create database bench_app template bench_backfill strategy file_copy');
  return server.urlOf('bench_app');
}

function writeProject() {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  const migrations = [{ tag: '0000_fill_slug', when: Date.UTC(2026, 0, 1), statements: [SQL] }];
  return writeHistory({ migrations }, WORK).drizzle;
}

async function quiet(server, songs) {
  const load = startLoad(await copyTemplate(server), songs);
  await sleep(2000);
  const from = performance.now();
  await sleep(QUIET_MS);
  return { scenario: 'no migration', mode: '-', ...(await load.stop(from, performance.now())) };
}

async function killed(server, songs, drizzle) {
  const url = await copyTemplate(server);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const visited = async () => {
    const rows = await sql`select rows_visited from drizzle.__migrator_backfills`.catch(() => []);
    return Number(rows[0]?.rows_visited ?? 0);
  };
  const load = startLoad(url, songs);
  await sleep(2000);
  const from = performance.now();
  const kills = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await visited();
    const run = start(drizzle, url);
    while ((await visited()) === before) {
      if (run.child.exitCode !== null) throw new Error(`It ended by itself:\n${run.output()}`);
      await sleep(20);
    }
    // Anywhere in a batch, at its end, or between two.
    await sleep(Math.random() * (songs / 3000));
    run.child.kill('SIGKILL');
    await run.ended;
    kills.push((await visited()).toLocaleString('en'));
  }
  const last = start(drizzle, url);
  const [code] = await last.ended;
  const to = performance.now();
  if (code !== 0) throw new Error(last.output());
  const latencies = await load.stop(from, to);
  const counts = await countsOf(sql);
  await sql.end();
  return {
    scenario: `backfill, killed ${KILLS} times`,
    mode: 'migrator',
    migrationMs: to - from,
    ...latencies,
    kills,
    counts,
  };
}

async function inOneGo(server, songs, drizzle) {
  const url = await copyTemplate(server);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const load = startLoad(url, songs);
  await sleep(2000);
  const from = performance.now();
  const run = start(drizzle, url, [packageFile('drizzle-kit', 'bin.cjs'), 'migrate']);
  const [code] = await run.ended;
  const to = performance.now();
  if (code !== 0) throw new Error(run.output());
  const latencies = await load.stop(from, to);
  const counts = await countsOf(sql);
  await sql.end();
  return { scenario: 'the same file in one go', mode: 'drizzle-kit', migrationMs: to - from, ...latencies, counts };
}

async function countsOf(sql) {
  const rows = await sql`select changed, count(*) from songs group by 1 order by 1`;
  return rows.map(({ changed, count }) => `${changed}: ${Number(count).toLocaleString('en')}`).join(', ');
}

function start(cwd, url, args = [MIGRATOR, 'migrate']) {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  return { child, output: () => text, ended: once(child, 'close') };
}
