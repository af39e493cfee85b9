import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIN } from '../setup/cli.js';
import { query, serverUrl } from '../setup/database.js';
import { isExpected, linesOf, veil } from './output.js';
import { blocksOf, type Step } from './page.js';
import { program } from './program.js';

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A command, or SQL, that did not do what its page says. */
export interface Surprise {
  readonly line: number;
  readonly command: string;
  readonly exitCode: number | null;
  readonly expected: readonly string[];
  /** As a page would show it. */
  readonly printed: readonly string[];
}

/**
 * Does what a reader of the page does: writes its files, types its commands and its SQL, in order, in a new project with an
 * empty database, in `DATABASE_URL`. A command must end with 0. Goes on after a surprise, so that one run tells all of them.
 */
export async function play(page: string): Promise<readonly Surprise[]> {
  const database = `guide_${randomBytes(6).toString('hex')}`;
  const url = Object.assign(new URL(serverUrl()), { pathname: `/${database}` }).href;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'migrator-guide-')));
  const project = join(folder, 'shop');
  // Not `createDatabase`: pages are played at the same time, and vitest then does not know whose end it is.
  await query(serverUrl(), `create database ${database} template template0 strategy file_copy`);
  try {
    const env = prepare(folder, project, url);
    const surprises: Surprise[] = [];
    for (const block of blocksOf(page)) {
      if (block.kind === 'file') write(join(project, block.path), block.text);
      if (block.kind === 'sql') surprises.push(...(await send(block, url)));
      if (block.kind !== 'console') continue;
      for (const step of block.steps) surprises.push(...(await take(step, project, env, [project, database])));
    }
    return surprises;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await dropAll(database);
  }
}

/** The database, and what a restore has kept of it. */
async function dropAll(prefix: string): Promise<void> {
  const left = await query<{ datname: string }>(
    serverUrl(),
    `select datname from pg_database where starts_with(datname, '${prefix}')`,
  );
  for (const { datname } of left) await query(serverUrl(), `drop database "${datname}" with (force)`);
}

async function send({ line, text }: { line: number; text: string }, url: string): Promise<readonly Surprise[]> {
  try {
    await query(url, text);
    return [];
  } catch (error) {
    return [{ line, command: text.trim(), exitCode: 1, expected: [], printed: [String(error)] }];
  }
}

async function take(
  { line, command, expected }: Step,
  cwd: string,
  env: NodeJS.ProcessEnv,
  names: readonly string[],
): Promise<readonly Surprise[]> {
  const { exitCode, output } = await shell(command, cwd, env);
  const printed = linesOf(output);
  const leaks = output.includes(new URL(serverUrl()).password);
  if (exitCode === 0 && !leaks && isExpected(printed, expected)) return [];
  const shown = leaks ? ['(a password)'] : printed.map((each) => veil(each, names));
  return [{ line, command, exitCode: leaks ? 1 : exitCode, expected, printed: shown }];
}

function shell(command: string, cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ exitCode: number | null; output: string }>((resolve, reject) => {
    const child = spawn('bash', ['-c', `exec 2>&1\n${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}

/** A project as it is after `npm install`, and what a shell on a developer's machine knows. */
function prepare(folder: string, project: string, url: string): NodeJS.ProcessEnv {
  for (const name of ['drizzle-orm', 'drizzle-kit', 'postgres']) link(join(packages, name), project, name);
  link(dirname(packages), project, '@melodia/migrator');
  write(join(folder, '.gitconfig'), '[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n');
  const npx = join(folder, 'bin/npx');
  write(npx, npxScript());
  chmodSync(npx, 0o755);
  const { PATH, LANG = 'C.UTF-8', USER = 'ada' } = process.env;
  return { PATH: `${dirname(npx)}:${PATH}`, HOME: folder, LANG, USER, DATABASE_URL: url };
}

/** npx without its half a second, and scratch databases on the server that runs already. */
function npxScript(): string {
  const scratch = program()
    .commands.filter(({ options }) => options.some(({ long }) => long === '--scratch-url'))
    .map((command) => command.name());
  return `#!/bin/sh
test "$1" = --no-install && shift
case "$1" in
  migrator) shift ;;
  *) tool=$1; shift; exec "${process.execPath}" "node_modules/$tool/bin.cjs" "$@" ;;
esac
case "$1" in
  ${scratch.join('|')}) exec "${process.execPath}" "${BIN}" "$@" --scratch-url "${serverUrl()}" ;;
  *) exec "${process.execPath}" "${BIN}" "$@" ;;
esac
`;
}

function link(target: string, project: string, name: string): void {
  const path = join(project, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
