import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, onTestFinished } from 'vitest';
import { type EmbeddedServer, ensureEmbedded, removeEmbedded } from '../../src/embedded/index.js';

export const isRoot = process.getuid?.() === 0;

/** An account that is not root: ourselves, or `nobody` when the suite runs as root. */
export const plainUser = isRoot
  ? { uid: 65534, gid: 65534 }
  : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** A folder that is gone when the test is. `closed`: nobody else may enter it, as root's home. */
export function makeFolder(name = 'folder', { closed = false } = {}): string {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'melodia-test-')));
  chmodSync(parent, closed ? 0o700 : 0o755);
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
}

/** A project whose server is stopped and removed with the test. */
export function makeProject(name = 'my project'): string {
  const root = makeFolder(name);
  writeFileSync(join(root, 'drizzle.config.ts'), 'export default {};\n');
  onTestFinished(() => removeEmbedded(root));
  return root;
}

/**
 * One project for all tests of a `describe`, since making a cluster takes most of a second. Each test calls it first and
 * gets a running server whose table `songs` holds one row.
 */
export function sharedProject(): () => Promise<{ root: string; server: EmbeddedServer; pid: number }> {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'melodia-test-')));
  chmodSync(parent, 0o755);
  const root = join(parent, 'shared');
  mkdirSync(root);
  afterAll(async () => {
    await removeEmbedded(root);
    rmSync(parent, { recursive: true, force: true });
  });
  return async () => {
    const server = await ensureEmbedded({ root });
    await query(server.url, `drop table if exists songs; create table songs as select 'first' as title`);
    return { root, server, pid: pidOf(server) };
  };
}

export function pidOf(server: Pick<EmbeddedServer, 'dataDirectory'>): number {
  return Number(readFileSync(join(server.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends Record<string, unknown>>(url: string, statement: string): Promise<Row[]> {
  const sql = postgres(url, { max: 1, onnotice() {} });
  try {
    return [...(await sql.unsafe<Row[]>(statement))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

export async function waitUntil(condition: () => boolean, what: string, patienceMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !condition(); ) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
