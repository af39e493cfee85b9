import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openServer } from './database.mjs';
import { print, progress } from './print.mjs';
import { MIGRATOR } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/drift/', import.meta.url));
const IN_A_MIGRATION = 10;

/** `drift` of a database of many tables: as its migrations made it, and after every tenth table was changed by hand. */
export async function drift({ tables, runs }) {
  print(`\n### drift of ${tables} tables\n`);
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(join(WORK, 'drizzle/meta'), { recursive: true });
  writeHistory(tables);
  const server = await openServer();
  try {
    await server.fresh('drift');
    const url = server.urlOf('drift');
    migrator(url, 'migrate', '--yes');
    const rows = [];
    rows.push(row('nothing has drifted', measure(url, server, runs)));
    await byHand(url, tables);
    rows.push(row('every tenth table was changed by hand', measure(url, server, runs)));
    const head = [
      '',
      'objects that differ',
      'catalogs read ms',
      'compared, with all SQL ms',
      'migrations replayed ms',
      'whole command ms',
    ];
    print([head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
  } finally {
    await server.stop();
  }
}

function row(name, samples) {
  const median = (of) => Math.round(samples.map(of).sort((a, b) => a - b)[Math.floor(samples.length / 2)]);
  return [
    name,
    samples[0].differences,
    median(({ durations }) => durations.read),
    median(({ durations }) => durations.compare),
    median(({ durations }) => durations.replay),
    median(({ wallMs }) => wallMs),
  ];
}

function measure(url, server, runs) {
  return Array.from({ length: runs }, (_, n) => {
    progress(n + 1, runs);
    const start = performance.now();
    const report = JSON.parse(migrator(url, 'drift', '--json', '--scratch-url', server.urlOf('postgres')));
    return { wallMs: performance.now() - start, durations: report.durations, differences: report.differences.length };
  });
}

function migrator(url, ...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MIGRATOR, ...args], {
    cwd: WORK,
    env: { ...process.env, DATABASE_URL: url },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`migrator ${args[0]} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

async function byHand(url, tables) {
  const { default: postgres } = await import('postgres');
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  for (let n = 0; n < tables; n += 10) {
    await sql.unsafe(
      `drop index t_${n}_title; alter table t_${n} alter column plays type bigint; create table extra_${n} (id int primary key)`,
    );
  }
  await sql.end();
}

/** Twelve columns, two indexes, a foreign key, a check and a comment each; every tenth has a view and a trigger. */
function writeHistory(tables) {
  const entries = [];
  for (let from = 0; from < tables; from += IN_A_MIGRATION) {
    const idx = from / IN_A_MIGRATION;
    const tag = `${String(idx).padStart(4, '0')}_tables`;
    const statements =
      idx === 0 ? [`create function touch() returns trigger language plpgsql as $$ begin return new; end $$`] : [];
    for (let n = from; n < Math.min(tables, from + IN_A_MIGRATION); n += 1) statements.push(...tableOf(n));
    writeFileSync(join(WORK, 'drizzle', `${tag}.sql`), `${statements.join(';\n--> statement-breakpoint\n')};\n`);
    entries.push({ idx, version: '7', when: 1_700_000_000_000 + idx * 60_000, tag, breakpoints: true });
  }
  writeFileSync(
    join(WORK, 'drizzle/meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  writeFileSync(
    join(WORK, 'drizzle.config.json'),
    JSON.stringify({ dialect: 'postgresql', out: './drizzle', dbCredentials: {} }),
  );
}

function tableOf(n) {
  const extra = Array.from({ length: 6 }, (_, at) => `c_${at} text`).join(', ');
  return [
    `create table t_${n} (id int generated always as identity primary key, title text not null default 'x', plays int not null default 0, at timestamptz default now(), parent int references t_${Math.max(0, n - 1)} (id), note varchar(40), ${extra}, constraint plays_${n} check (plays >= 0))`,
    `create index t_${n}_title on t_${n} (title)`,
    `create index t_${n}_at on t_${n} (at desc) where plays > 0`,
    `comment on table t_${n} is 'one of many'`,
    ...(n % 10 === 0
      ? [
          `create view v_${n} as select id, title from t_${n}`,
          `create trigger touch before update on t_${n} for each row execute function touch()`,
        ]
      : []),
  ];
}
