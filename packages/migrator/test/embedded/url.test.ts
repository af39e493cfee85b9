import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { embeddedStatus, removeEmbedded } from '../../src/embedded/index.js';
import { makeInstall } from './install.js';
import { makeFolder, query } from './project.js';

describe('the URL for a drizzle.config.ts', () => {
  test('comes from a server started if the command will connect, from any folder of the project', async () => {
    const folder = makeFolder('a project');
    const install = makeInstall(makeFolder());
    const root = join(folder, 'db');
    const below = join(root, 'src/schema');
    mkdirSync(below, { recursive: true });
    writeFileSync(join(root, 'drizzle.config.mts'), '');
    onTestFinished(() => removeEmbedded(root));
    const url = async (argv: string[], cwd: string, before = '') =>
      (await install.run(`${before}; return { url: embedded.embeddedUrl() ?? 'none' }`, { argv, cwd })).value?.url;

    // Nobody has a server yet, and these do not need one.
    expect(await url(['migrate'], folder)).toBe('none');
    expect(await url(['generate', '--name', 'migrate'], below)).toBe('none');
    expect(await url(['migrate'], below, `globalThis[Symbol.for('@melodia/migrator:loading-config')] = true`)).toBe(
      'none',
    );
    expect(await embeddedStatus(root)).toBeUndefined();

    const started = await url(['migrate'], below);
    expect(started).toBe((await embeddedStatus(root))?.url);
    expect(await query(started ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);

    expect(await url(['generate'], root)).toBe(started);
    expect(await url(['push', '--config', 'db/drizzle.config.mts'], folder)).toBe(started);
    expect(await url(['studio', '--config=db/drizzle.config.mts'], folder)).toBe(started);
  });

  test('is an error with its remedy when the server cannot start', async () => {
    const root = makeFolder('a project');
    writeFileSync(join(root, 'drizzle.config.ts'), '');
    const install = makeInstall(makeFolder(), { binaries: false });
    const { error } = await install.run('return { url: embedded.embeddedUrl() }', { argv: ['push'], cwd: root });
    expect(error).toMatchObject({ code: 'embedded-binaries-missing', fix: expect.stringContaining('DATABASE_URL') });
  });
});
