import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Who may import whom, by folder of src; a single file may be named instead. Its own folder is always allowed. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  errors: ['core'],
  sql: ['core', 'errors'],
  plan: ['core', 'sql', 'errors', 'recoverable'],
  folder: ['core', 'sql', 'errors', 'version.ts'],
  database: ['core', 'sql', 'errors', 'version.ts'],
  execute: ['core', 'sql', 'errors', 'database'],
  repair: ['core', 'sql', 'errors', 'plan', 'folder', 'database'],
  embedded: ['errors'],
  baseline: [
    'core',
    'sql',
    'errors',
    'folder',
    'database',
    'catalog',
    'catalog-sql',
    'scratch',
    'recoverable',
    'sample-rows',
  ],
  catalog: ['core', 'sql', 'errors', 'database'],
  backfill: ['errors', 'database', 'execute/context.ts', 'config'],
  backup: ['core', 'sql', 'errors', 'database', 'catalog', 'version.ts'],
  'catalog-sql': ['core', 'sql', 'catalog'],
  'sample-rows': ['core', 'sql', 'errors', 'database'],
  'sample-dump': ['sql', 'errors', 'database'],
  scratch: ['core', 'sql', 'errors', 'database', 'execute', 'embedded', 'catalog', 'version.ts'],
  rehearsal: ['core', 'sql', 'errors', 'database', 'scratch'],
  compatibility: ['core', 'sql', 'catalog'],
  gate: ['core', 'sql', 'errors', 'database'],
  changeset: ['core', 'sql', 'git', 'compatibility'],
  recoverable: ['core', 'sql', 'errors'],
  generate: [
    'core',
    'sql',
    'errors',
    'plan',
    'folder',
    'database',
    'catalog',
    'catalog-sql',
    'compatibility',
    'scratch',
    'recoverable',
    'config',
    'version.ts',
    'verify',
  ],
  git: ['errors'],
  rebase: [
    'core',
    'sql',
    'errors',
    'folder',
    'git',
    'catalog',
    'scratch',
    'recoverable',
    'generate',
    'verify',
    'config',
  ],
  drift: ['core', 'sql', 'errors', 'database', 'catalog', 'catalog-sql', 'scratch'],
  fleet: ['errors', 'database'],
  // `generate/snapshot.ts` is the format of snapshots.
  diagram: ['core', 'catalog', 'generate/snapshot.ts'],
  loopback: ['errors'],
  browse: ['sql', 'errors', 'database', 'loopback'],
  studio: ['errors', 'loopback', 'config', 'generate'],
  doctor: ['core', 'sql', 'errors', 'folder', 'database', 'embedded'],
  push: ['core', 'sql', 'errors', 'database', 'catalog', 'catalog-sql', 'compatibility', 'drift', 'generate'],
  upgrade: ['core', 'sql', 'errors', 'plan', 'folder'],
  lint: ['core', 'sql', 'errors', 'recoverable/names.ts'],
  verify: ['core', 'sql', 'errors', 'catalog', 'scratch', 'sample-rows', 'rehearsal', 'compatibility'],
  api: [
    'core',
    'sql',
    'errors',
    'plan',
    'folder',
    'database',
    'execute',
    'catalog',
    'catalog-sql',
    'scratch',
    'recoverable',
    'sample-rows',
    'sample-dump',
    'rehearsal',
    'compatibility',
    'gate',
    'changeset',
    'verify',
    'lint',
    'generate',
    'git',
    'rebase',
    'upgrade',
    'repair',
    'baseline',
    'drift',
    'fleet',
    'diagram',
    'browse',
    'studio',
    'loopback',
    'backfill',
    'backup',
    'doctor',
    'push',
    'embedded',
    'version.ts',
  ],
  config: [
    'core',
    'api',
    'changeset/read.ts',
    'database',
    'errors',
    'execute/context.ts',
    'gate/settings.ts',
    'lint',
    'version.ts',
  ],
  report: [
    'core',
    'errors',
    'api',
    'lint',
    'rehearsal',
    'folder/edits.ts',
    'database/session-info.ts',
    'gate/words.ts',
    'changeset/suggest.ts',
    'baseline/describe.ts',
    'backup/folder.ts',
    'backup/types.ts',
    'database/tracking-edits.ts',
    'version.ts',
  ],
  cli: [
    'core',
    'errors',
    'sql',
    'plan',
    'folder',
    'database',
    'execute',
    'embedded',
    'api',
    'config',
    'lint',
    'report',
    'version.ts',
  ],
  'index.ts': [
    'core',
    'backfill/define.ts',
    'errors',
    'api',
    'database',
    'execute',
    'gate/settings.ts',
    'lint',
    'rehearsal',
    'compatibility',
  ],
  'version.ts': [],
};

/** Packages that only one part of the engine may know. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  'libpg-query': ['sql/parse.ts'],
  postgres: ['database', 'embedded'],
  esbuild: ['config'],
  dotenv: ['config'],
  commander: ['cli'],
  '@clack/prompts': ['cli'],
  picocolors: ['report'],
  '@dagrejs/dagre': ['diagram/layout.ts'],
  'drizzle-kit': [],
  // Types only: the project's own is loaded.
  'drizzle-orm': ['backfill/define.ts'],
};

const PURE = ['core', 'sql', 'plan', 'lint', 'diagram'];

/** Each runs as a process of its own, which answers on its standard output. */
const OWN_PROCESS = ['embedded/url.ts', 'studio/own-process.ts'];

function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`));
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:\bfrom|\bimport|\bimport\(|typeof import\()\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  );
}

/** What a file of src does that its place does not allow; `path` is relative to src. */
function violations(path: string, text: string): string[] {
  const source = withoutComments(text);
  const home = path.split('/')[0] ?? '';
  const allowed = MAY_IMPORT[home];
  if (!allowed) return [`${home} has no rule`];
  const found: string[] = [];
  for (const name of importsOf(source)) {
    if (name.startsWith('.')) {
      const target = posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts');
      if (target.startsWith('../package.json')) continue;
      if (!isIn(target, [home, ...allowed])) found.push(`imports ${target}`);
      continue;
    }
    const places =
      ONLY_IN[
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/')
      ];
    if (places && !isIn(path, places)) found.push(`imports ${name}`);
    if (isIn(path, PURE) && /^node:(?!crypto$|util$|path$)/.test(name)) found.push(`imports ${name}`);
  }
  if (!isIn(path, ['cli', ...OWN_PROCESS])) {
    for (const [use] of source.matchAll(/\bconsole\.|\bprocess\.(?:stdout|stderr|exit|exitCode)\b/g))
      found.push(`uses ${use}`);
  }
  if (isIn(path, PURE)) {
    for (const [use] of source.matchAll(/\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\./g))
      found.push(`uses ${use}`);
  }
  return found;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));

test.each(files)('%s keeps to its layer', (path) => {
  expect(violations(path, readFileSync(join(src, path), 'utf8'))).toEqual([]);
});

describe('the rules can fail', () => {
  test.each([
    ['core/hash.ts', `import { x } from '../errors/catalog.js';`, 'imports errors/catalog.ts'],
    ['core/hash.ts', `import { readFileSync } from 'node:fs';`, 'imports node:fs'],
    ['plan/plan.ts', `import type { Session } from '../database/session.js';`, 'imports database/session.ts'],
    ['plan/plan.ts', `import {\n  a,\n  b,\n} from '../folder/journal.js';`, 'imports folder/journal.ts'],
    ['plan/plan.ts', 'const now = Date.now();', 'uses Date.now('],
    ['plan/plan.ts', 'const now = new Date();', 'uses new Date()'],
    ['plan/plan.ts', 'if (process.env.CI) {}', 'uses process.'],
    ['execute/execute.ts', `import { readFolder } from '../folder/read-folder.js';`, 'imports folder/read-folder.ts'],
    ['report/json.ts', `import { Session } from '../database/session.js';`, 'imports database/session.ts'],
    ['api/status.ts', `const { main } = await import('../cli/main.js');`, 'imports cli/main.ts'],
    ['api/status.ts', `export { renderStatus } from '../report/terminal.js';`, 'imports report/terminal.ts'],
    ['sql/split.ts', `type P = typeof import('libpg-query');`, 'imports libpg-query'],
    ['execute/execute.ts', `import postgres from 'postgres';`, 'imports postgres'],
    ['api/migrate.ts', `import { sql } from 'drizzle-orm/sql';`, 'imports drizzle-orm/sql'],
    ['api/migrate.ts', `console.log('done');`, 'uses console.'],
    ['report/terminal.ts', `process.stdout.write('done');`, 'uses process.stdout'],
    ['database/session.ts', 'process.exit(1);', 'uses process.exit'],
    ['helpers/utils.ts', '', 'helpers has no rule'],
  ])('%s: %s', (path, source, violation) => {
    expect(violations(path, source)).toContain(violation);
  });

  test.each([
    ['report/progress.ts', `import { describeSession } from '../database/session-info.js';`],
    ['api/migrate.ts', '// console.log is for the command line\n/* process.exit(1) */\nconst url = "http://x";'],
    ['cli/io.ts', `process.stdout.write('');`],
    ['plan/plan.ts', 'new Date(when).toISOString();'],
  ])('and they allow %s: %s', (path, source) => {
    expect(violations(path, source)).toEqual([]);
  });
});
