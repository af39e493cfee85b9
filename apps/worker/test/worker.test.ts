import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { appInstancesTable, providerAnswersTable, songsTable } from '@melodia/db';
import { readApplicationName } from '@melodia/db/app';
import { enqueueJob } from '@melodia/db/jobs';
import { createTestDatabase, type TestDatabase } from '@melodia/db/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const dist = (name: string) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

let database: TestDatabase;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await database.drop();
});

interface Started {
  readonly child: ChildProcess;
  /** Resolves with `[code, signal]`. */
  readonly ended: Promise<unknown[]>;
  readonly output: () => string;
}

function start(script: string, env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, [dist(script)], {
    env: { ...process.env, DATABASE_URL: database.url, HEALTH_PORT: '0', ...env },
  });
  children.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return { child, ended: once(child, 'exit'), output: () => output };
}

/** Starts it, and waits until it takes jobs. */
async function startWorker(env: NodeJS.ProcessEnv = {}): Promise<Started & { readonly health: string }> {
  const started = start('main', env);
  await expect.poll(started.output, { timeout: 20_000 }).toContain('health on ');
  return { ...started, health: /http:\S+:\d+/.exec(started.output())?.[0] ?? '' };
}

async function installQueue(): Promise<void> {
  const { ended, output } = start('install-queue');
  expect([await ended, output()]).toEqual([[0, null], 'The queue is installed.\n']);
}

/** Songs, an answer and a job for each. */
async function addJobs(count: number): Promise<void> {
  await database.sql`insert into songs (slug) select 'song-' || n from generate_series(1, ${count}) n`;
  await database.sql`insert into provider_answers (song_id, variant_key, idempotency_key, payload)
    select id, '0', 'key-' || id, '{"alignedWords": [{"word": "la la", "success": true, "startS": 1, "endS": 2}]}' from songs`;
  await database.sql`select graphile_worker.add_job('process-lyrics', json_build_object('answerId', id)) from provider_answers`;
}
const openJobs = async () => (await database.sql`select count(*)::int as n from graphile_worker.jobs`)[0]?.n;

test('answers probes, says who it is, does what is enqueued, and ends in order on SIGTERM', async () => {
  await installQueue();
  const { child, ended, health, output } = await startWorker();
  expect(await (await fetch(`${health}/healthz`)).json()).toEqual({ state: 'working' });
  expect(await (await fetch(`${health}/readyz`)).json()).toMatchObject({ state: 'ready' });
  expect((await fetch(`${health}/else`)).status).toBe(404);
  const names = await database.sql<{ name: string }[]>`select distinct application_name as name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'melodia-test'`;
  expect(names.map(({ name }) => readApplicationName(name)?.app)).toEqual(['worker']);
  expect(await database.db.select({ app: appInstancesTable.app }).from(appInstancesTable)).toEqual([{ app: 'worker' }]);

  await database.sql`insert into songs (slug) values ('one')`;
  await database.db.transaction(async (tx) => {
    const [answer] = await tx
      .insert(providerAnswersTable)
      .values({ song_id: 1, variant_key: '0', idempotency_key: 'key-of-one', payload: { alignedWords: [] } })
      .returning();
    await enqueueJob(tx, 'process-lyrics', { answerId: answer?.id ?? 0 });
  });
  await expect
    .poll(() => database.sql`select status, reason from provider_answers`)
    .toEqual([{ status: 'dead', reason: 'No word of the answer has a time.' }]);
  await expect.poll(openJobs).toBe(0);

  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(output()).toMatch(/process-lyrics 1: answer 1: dead\n(?:.*\n)*worker: stopped\n$/);
  expect(await database.db.$count(appInstancesTable)).toBe(0);
});

test('a job that is running when SIGTERM comes is finished, and one that takes too long is given back', async () => {
  await installQueue();
  await addJobs(1);
  const held = await database.sql.reserve();
  await held`begin`;
  await held`select from provider_answers for update`;
  const patient = await startWorker();
  const locked = () => database.sql`select from graphile_worker.jobs where locked_by is not null`;
  await expect.poll(locked).toHaveLength(1);
  patient.child.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`${patient.health}/healthz`)).status).toBe(503);
  await held`commit`;
  expect(await patient.ended).toEqual([0, null]);
  expect(await database.sql`select status from provider_answers`).toEqual([{ status: 'processed' }]);

  await database.sql`update provider_answers set status = 'received', processed_at = null`;
  await database.sql`select graphile_worker.add_job('process-lyrics', '{"answerId": 1}')`;
  await held`begin`;
  await held`select from provider_answers for update`;
  const hasty = await startWorker({ WORKER_GRACE_MS: '100' });
  await expect.poll(locked).toHaveLength(1);
  hasty.child.kill('SIGTERM');
  expect(await hasty.ended).toEqual([0, null]);
  expect(await locked()).toHaveLength(0);
  expect(await openJobs()).toBe(1);
  await held`rollback`;
  held.release();
});

test('refuses a database that lacks what it needs, and settings that are none', async () => {
  await database.sql`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`;
  const behind = start('main');
  expect(await behind.ended).toEqual([1, null]);
  expect(behind.output()).toMatch(
    /^worker: This version needs the migration .* 1 migration missing\. Run `migrator migrate`/,
  );
  const wrong = start('main', { WORKER_CONCURRENCY: 'many' });
  expect(await wrong.ended).toEqual([1, null]);
  expect(wrong.output()).toBe('worker: WORKER_CONCURRENCY has to be a whole number from 1 on, and is `many`.\n');
});

test('10,000 jobs, three workers, two of them killed: each effect exactly once', async () => {
  await installQueue();
  await database.sql`create table effects (answer_id integer)`;
  await database.sql`create function note_effect() returns trigger language plpgsql as $$
    begin insert into effects values (new.id); return new; end $$`;
  await database.sql`create trigger noted after update on provider_answers for each row
    when (old.status = 'received' and new.status = 'processed') execute function note_effect()`;
  // Not what is tested here, and half of the time.
  await database.sql`drop index idx_songs_song_variants, idx_songs_variant_timestamp_lyrics_api_response, idx_songs_variant_timestamp_lyrics_processed`;
  await addJobs(10_000);
  const soon = { WORKER_HEARTBEAT_MS: '200', WORKER_DEAD_AFTER_MS: '1500' };
  const workers = await Promise.all([startWorker(soon), startWorker(soon), startWorker(soon)]);
  const done = async () => Number((await database.sql`select count(*)::int as n from effects`)[0]?.n);
  for (const [at, worker] of workers.slice(0, 2).entries()) {
    const enough = 500 + 1500 * at + Math.floor(Math.random() * 2000);
    await expect.poll(done, { timeout: 60_000, interval: 20 }).toBeGreaterThan(enough);
    worker.child.kill('SIGKILL');
    await worker.ended;
    workers.push(await startWorker(soon));
  }
  await expect.poll(openJobs, { timeout: 90_000, interval: 200 }).toBe(0);
  expect(
    await database.sql`select count(*)::int as effects, count(distinct answer_id)::int as answers from effects`,
  ).toEqual([{ effects: 10_000, answers: 10_000 }]);
  expect(await database.db.$count(songsTable)).toBe(10_000);
  expect(
    await database.sql`select count(*)::int as n from songs where variant_timestamp_lyrics_processed #>> '{0,0,text}' = 'la la'`,
  ).toEqual([{ n: 10_000 }]);
}, 180_000);
