// A production of this machine: a database with a history, applications that run, and the pipeline that changes them.
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTemporaryServer } from '@melodia/migrator/embedded';
import postgres from 'postgres';
import { endApplication, endHosting } from './hosting.mjs';
import { play, ROOT } from './workflow.mjs';

const HOSTING = fileURLToPath(new URL('hosting.mjs', import.meta.url));
const STAND_IN = fileURLToPath(new URL('stand-in.mjs', import.meta.url));
const APPS = { web: 'apps/web/dist/server/main.js', worker: 'apps/worker/dist/main.js' };

/**
 * @param {{ readonly write?: (text: string) => void, readonly isBuilt?: boolean }} [options] `isBuilt`: everything is
 * installed and built already.
 */
export async function openScene({ write, isBuilt = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline scene-'));
  const [webPort, workerPort] = [await freePort(), await freePort()];
  const server = await startTemporaryServer();
  // A person who looks: the gate lets psql stay.
  const sql = postgres(server.url, { max: 1, onnotice() {}, connection: { application_name: 'psql' } });
  const project = join(folder, 'project');
  const hosting = join(folder, 'hosting');
  for (const path of [project, hosting, join(folder, 'backups')]) mkdirSync(path);
  cpSync(join(ROOT, 'packages/db/drizzle'), join(project, 'drizzle'), { recursive: true });
  writeFileSync(
    join(project, 'drizzle.config.ts'),
    `export default { dialect: 'postgresql', schema: ${JSON.stringify(join(ROOT, 'packages/db/src/schema/index.ts'))}, out: './drizzle/migrations', dbCredentials: { url: process.env.DATABASE_URL } };\n`,
  );
  const journalPath = join(project, 'drizzle/migrations/meta/_journal.json');
  const journal = JSON.parse(readFileSync(journalPath, 'utf8'));
  const snapshotPath = (tag) => join(project, `drizzle/migrations/meta/${tag.split('_')[0]}_snapshot.json`);
  const saveJournal = () => writeFileSync(journalPath, JSON.stringify(journal, null, 2));

  const address = (app) => `http://127.0.0.1:${app === 'web' ? webPort : workerPort}/readyz`;
  const quoted = (...words) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const env = {
    MIGRATOR_PROJECT: project,
    HOSTING_FOLDER: hosting,
    RUNNER_TEMP: join(folder, 'backups'),
    READY_WAIT: '30',
    // What only the hosting knows.
    DATABASE_URL: undefined,
    HOSTING_DATABASE_URL: server.url,
    // Where `npm install --global` puts pnpm.
    npm_config_prefix: join(folder, 'global'),
    PATH: [join(folder, 'global/bin'), process.env.PATH].join(delimiter),
  };
  const commands = {
    /** The applications as they are built here. */
    real: (app) =>
      `DATABASE_URL=$HOSTING_DATABASE_URL PORT=${webPort} HEALTH_PORT=${workerPort} node ${quoted(HOSTING, 'node', join(ROOT, APPS[app]))}`,
    /** A version that knows the schema up to a migration. */
    knowing: (version, tag) => (app) =>
      `DATABASE_URL=$HOSTING_DATABASE_URL node ${quoted(HOSTING, 'node', STAND_IN, app, version, tag, String(app === 'web' ? webPort : workerPort))}`,
  };

  const isDone = ({ name, uses }) => isBuilt && (name === 'Build' || uses === './tooling/github/setup');
  let runs = 0;
  const nextRun = () => {
    runs += 1;
    return String(runs);
  };
  return {
    sql,
    url: server.url,
    folder,
    project,
    env,
    isDone,
    address,
    commands,
    /** Writes a migration behind the others, which schema.ts does not know. */
    addMigration(tag, up, down) {
      const last = journal.entries.at(-1);
      journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 60_123, tag });
      saveJournal();
      const snapshot = JSON.parse(readFileSync(snapshotPath(last.tag), 'utf8'));
      writeFileSync(snapshotPath(tag), JSON.stringify({ ...snapshot, id: randomUUID(), prevId: snapshot.id }));
      writeFileSync(join(project, `drizzle/migrations/${tag}.sql`), up);
      if (down !== undefined) writeFileSync(join(project, `drizzle/migrations/${tag}.down.sql`), down);
    },
    /** Another text for one that nobody has applied. */
    rewrite: (tag, up) => writeFileSync(join(project, `drizzle/migrations/${tag}.sql`), up),
    end: (app) => endApplication(hosting, app),
    tags: () => journal.entries.map(({ tag }) => tag),
    /** Tags that the database has, newest last. */
    applied: async () => {
      const rows = await sql`select created_at::text as when from drizzle.__drizzle_migrations order by created_at`;
      return rows.map((row) => journal.entries.find(({ when }) => String(when) === row.when)?.tag);
    },
    /** Runs the workflow `deploy`; the jobs that check the change are taken for done. */
    deploy: async ({ command, inputs, jobs, vars, token, env: more } = {}) =>
      play('deploy', {
        github: { event_name: inputs ? 'workflow_dispatch' : 'push', run_id: nextRun() },
        inputs,
        vars: {
          ...(command && { DEPLOY_WEB_COMMAND: command('web'), DEPLOY_WORKER_COMMAND: command('worker') }),
          WEB_READY_URL: address('web'),
          WORKER_READY_URL: address('worker'),
          CONTRACT_WAIT: '3s',
          STORE_BACKUP_COMMAND: `cp "$BACKUP_FILE" ${quoted(join(folder, 'kept.backup'))}`,
          ...vars,
        },
        secrets: { DATABASE_URL: server.url, DEPLOY_TOKEN: token ?? '' },
        env: { ...env, ...more },
        jobs,
        isDone,
        write,
      }),
    close: async () => {
      await endHosting(hosting);
      await sql.end({ timeout: 1 });
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
