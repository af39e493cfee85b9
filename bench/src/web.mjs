// Load on the built site, on a test database: bounded, with several pages, and no error allowed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { loadSampleData } from '@melodia/db/sample-data';
import { createTestDatabase } from '@melodia/db/testing';
import { print } from './print.mjs';

const MAIN = fileURLToPath(new URL('../../apps/web/dist/server/main.js', import.meta.url));
const PATHS = ['/', '/?q=piano', '/?category=love', '/songs/goalkeeper', '/request', '/sign-in', '/readyz'];

/** `requests` in all, `atOnce` at a time. Throws if one fails. */
export async function web(options = {}) {
  const database = await createTestDatabase();
  try {
    await loadSampleData(database.db);
    await visitAll(database, options);
  } finally {
    await database.drop();
  }
}

async function visitAll(database, { requests = 3000, atOnce = 10 }) {
  const env = { ...process.env, DATABASE_URL: database.url, PORT: '0', NODE_ENV: 'production' };
  const child = spawn(process.execPath, [MAIN], { env });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  while (!/web: (http:\S+)/.test(output)) {
    if (child.exitCode !== null) throw new Error(`The site did not start: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const url = /web: (http:\S+)/.exec(output)[1];
  const times = [];
  let next = 0;
  const visit = async () => {
    while (next < requests) {
      const path = PATHS[next++ % PATHS.length];
      const start = performance.now();
      const response = await fetch(url + path);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
      times.push(performance.now() - start);
    }
  };
  const began = performance.now();
  try {
    await Promise.all(Array.from({ length: atOnce }, visit));
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (part) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * part))]);
  print(`\n### web: ${requests} requests, ${atOnce} at once\n`);
  print(
    `| requests a second | p50 ms | p95 ms | p99 ms | slowest ms | errors |\n| --- | --- | --- | --- | --- | --- |`,
  );
  print(`| ${Math.round(requests / seconds)} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${at(1)} | 0 |`);
}
