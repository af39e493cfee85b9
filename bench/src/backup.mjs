import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openServer } from './database.mjs';

const MIGRATOR =
  process.env.BENCH_MIGRATOR ?? fileURLToPath(new URL('../../packages/migrator/bin/migrator.cjs', import.meta.url));

/** Time and memory of a backup and a restore, by how much there is. */
export async function backup({ megabytes }) {
  const server = await openServer({ fsync: 'off', synchronous_commit: 'off' });
  const folder = mkdtempSync(join(tmpdir(), 'bench-backup-'));
  try {
    const rows = [];
    for (const size of megabytes) {
      await server.fresh('shop');
      await fill(server, size);
      const url = server.urlOf('shop');
      writeFileSync(join(folder, 'drizzle.config.json'), JSON.stringify({ dialect: 'postgresql', out: './drizzle' }));
      mkdirSync(join(folder, 'drizzle'), { recursive: true });
      const file = join(folder, `${size}.tar`);
      const made = await run(['backup', '--out', file, '--pg-dump', 'builtin'], { folder, url });
      const read = await run(['restore', file, '--into', `back_${size}`], { folder, url });
      rows.push([`${size} MB`, `${(statSync(file).size / 1e6).toFixed(0)} MB`, ...shown(made), ...shown(read)]);
      rmSync(file);
      await server.admin.unsafe(`drop database back_${size}`);
    }
    const head = ['rows as text', 'file', 'backup', 'peak memory', 'restore', 'peak memory'];
    for (const cells of [head, head.map(() => '---'), ...rows]) process.stdout.write(`| ${cells.join(' | ')} |\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
}

const shown = ({ seconds, megabytes }) => [`${seconds.toFixed(1)} s`, `${megabytes.toFixed(0)} MB`];

/** Rows of about 500 bytes, half of which do not compress. */
async function fill(server, megabytes) {
  const postgres = (await import('postgres')).default;
  const sql = postgres(server.urlOf('shop'), { max: 1, onnotice() {} });
  await sql.unsafe(`create table orders (id int primary key, hash text, note text, at timestamptz);
    insert into orders select i, md5(i::text) || md5(random()::text) || md5(random()::text) || md5(random()::text) || md5(random()::text) || md5(random()::text) || md5(random()::text),
      repeat('what was ordered ', 14), now() from generate_series(1, ${megabytes * 2000}) i`);
  await sql.end();
}

function run(args, { folder, url }) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [MIGRATOR, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, DATABASE_URL: url },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    let peak = 0;
    const timer = setInterval(() => {
      try {
        peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? peak);
      } catch {}
    }, 20);
    child.once('exit', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, megabytes: peak / 1000 });
      else reject(new Error(`migrator ${args[0]} ended with ${code}`));
    });
  });
}
