import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openServer, openSlowLink } from './database.mjs';
import { writeHistory } from './formats.mjs';
import { makeHistory } from './history.mjs';
import { rotate, runTimed } from './measure.mjs';
import { print, printTable, progress } from './print.mjs';
import { tools } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/', import.meta.url));
const ONE_WAY_MS = 10;

const LIMITS = {
  noop: [
    ['migrator', 'dbmate (npm)', 1],
    ['migrator', 'dbmate (binary)', 1],
    ['migrator', 'drizzle-kit', 0.4],
  ],
  apply: [
    ['migrator', 'drizzle-kit', 1],
    ['migrator --atomic', 'psql -1', 1.2],
  ],
  slow: [['migrator', 'drizzle-kit', 0.3]],
};

/** Everything is applied already: what a deployment without a migration costs. */
export const noop = (options) => compareAll({ ...options, kind: 'noop', slow: false });

/** A new database. */
export const apply = (options) => compareAll({ ...options, kind: 'apply', slow: false });

/** Both, over a link with 20 ms round trip. */
export async function slowLink(options) {
  await compareAll({ ...options, kind: 'noop', slow: true });
  await compareAll({ ...options, kind: 'apply', slow: true });
}

async function compareAll({ kind, slow, sizes, runs, only }) {
  const server = await openServer();
  const link = slow ? await openSlowLink(server.port, ONE_WAY_MS) : undefined;
  try {
    for (const size of sizes) {
      const { folders, facts } = prepareFolders(size);
      const candidates =
        kind === 'noop' ? await noopCandidates(server, link, folders) : applyCandidates(server, link, folders);
      const where = slow ? ', over a link with 20 ms round trip' : '';
      print(
        `\n### ${kind === 'noop' ? 'No-op' : 'Fresh apply'}, ${size} migrations${where}\n\n` +
          `${facts.statements} statements, ${facts.tables} tables, ${facts.columns} columns, ${facts.indexes} indexes; Postgres ${server.version}; ${runs} runs in rotation.\n`,
      );
      const wanted = candidates.filter(({ name }) => !only || only.includes(name));
      const results = await rotate(wanted, { runs, warmUp: kind === 'noop', onProgress: progress });
      printTable(results, [...LIMITS[slow ? 'slow' : kind]]);
    }
  } finally {
    link?.stop();
    await server.stop();
  }
}

function prepareFolders(size) {
  const folder = join(WORK, String(size));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const history = makeHistory(size);
  return { folders: writeHistory(history, folder), facts: history.facts };
}

function applyCandidates(server, link, folders) {
  return tools().map(({ name, command }) => {
    const { run } = runner(server, link, 'bench_apply', command, folders);
    return { name, prepare: () => server.fresh('bench_apply'), run };
  });
}

/** Each tool keeps its own tracking, so each gets a database of its own, brought up to date by itself. */
async function noopCandidates(server, link, folders) {
  const candidates = [];
  for (const { name, command, applyOnly } of tools()) {
    if (applyOnly) continue;
    const database = `bench_${name.replace(/\W+/g, '_')}`;
    await server.fresh(database);
    await runner(server, undefined, database, command, folders).run();
    candidates.push({ name, ...runner(server, link, database, command, folders) });
  }
  candidates.push({
    name: 'node -e 0 (floor)',
    run: () => runTimed({ file: process.execPath, args: ['-e', '0'], env: process.env }),
  });
  return candidates;
}

function runner(server, link, database, command, folders) {
  const url = server.urlOf(database, link?.port);
  const { file, args, cwd } = command(folders, url);
  const env = { ...process.env, DATABASE_URL: url, NO_COLOR: '1' };
  return { run: () => runTimed({ file, args, cwd, env }) };
}
