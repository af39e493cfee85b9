import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@melodia/db/testing';
import { expect, test } from 'vitest';

test.skipIf(process.platform === 'win32')(
  'the built worker counts, tells its health, and stops in order on SIGTERM',
  async () => {
    await using database = await createTestDatabase();
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, DATABASE_URL: database.url, HEALTH_PORT: '0' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    await expect.poll(() => output, { timeout: 10_000 }).toContain('worker: songs: none');
    await expect.poll(() => output).toContain('/healthz');
    const url = /http:\S+/.exec(output)?.[0] ?? '';
    expect((await fetch(url)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);
