import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@melodia/db/testing';
import { expect, test } from 'vitest';

test.skipIf(process.platform === 'win32')(
  'the built site answers, says who it is, and stops in order on SIGTERM',
  async () => {
    await using database = await createTestDatabase();
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [main], { env: { ...process.env, DATABASE_URL: database.url, PORT: '0' } });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const url = /http:\S+/.exec(line)?.[0];
    expect(await (await fetch(`${url}/`)).text()).toContain('No songs yet.');
    expect(
      await database.sql`select from pg_stat_activity where application_name = 'melodia-web' and datname = current_database()`,
    ).toHaveLength(1);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output).toBe('');
  },
);
