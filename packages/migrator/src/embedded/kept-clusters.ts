import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { giveTo, type Login } from './cluster-template.js';
import type { RunAs } from './run-as.js';

/** A cluster that was kept, as it is found again. */
export interface KeptCluster {
  readonly key: string;
  /** What its keeper wanted to know. */
  readonly facts: unknown;
}

export interface KeptPlace {
  readonly native: string;
  /** Of the server. */
  readonly version: string;
}

const MOST_FILES = 3;
const MOST_BYTES = 512 * 1024 * 1024;
/** What migrations made of the clock must not grow old. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Beside the binaries, as the template of new clusters: it goes when they go. */
function folderOf({ native }: KeptPlace): string {
  return join(dirname(native), '.kept-clusters');
}

/**
 * Unpacks the first of `keys` that is kept into `folder`, as `data`. The file's name holds a digest of its content, so that one
 * that is damaged, cut off or swapped is thrown away, not believed; so is one that is older than a day, or that others might
 * have written.
 */
export async function restoreCluster(
  place: KeptPlace,
  keys: readonly string[],
  folder: string,
  who: RunAs,
): Promise<(KeptCluster & { readonly login: Login; readonly path: string }) | undefined> {
  const found = sound(folderOf(place)).filter(({ version }) => version === place.version);
  const [best] = found
    .map((file) => ({ ...file, rank: keys.indexOf(file.key) }))
    .filter(({ rank }) => rank !== -1)
    .sort((a, b) => a.rank - b.rank);
  if (!best) return undefined;
  if ((await unpack(best.path, folder)) === best.digest) {
    try {
      const { password, facts } = JSON.parse(readFileSync(join(folder, 'kept.json'), 'utf8'));
      rmSync(join(folder, 'kept.json'));
      if (who.uid !== undefined && who.gid !== undefined) giveTo(join(folder, 'data'), who.uid, who.gid);
      return { key: best.key, facts, login: { user: 'postgres', password }, path: best.path };
    } catch {}
  }
  forgetCluster(best.path);
  rmSync(join(folder, 'data'), { recursive: true, force: true });
  rmSync(join(folder, 'kept.json'), { force: true });
  return undefined;
}

export function forgetCluster(path: string): void {
  rmSync(path, { force: true });
}

/**
 * Keeps a running cluster by a base backup of it. Nobody may change it meanwhile. Where it cannot be kept (no `tar`, a full
 * disk, an installation that is not ours) nothing is.
 */
export async function keepCluster(
  place: KeptPlace,
  running: { readonly dataDirectory: string; readonly login: Login; readonly key: string; readonly facts: unknown },
  query: (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>,
): Promise<void> {
  const folder = folderOf(place);
  let draft: string | undefined;
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    if (!isOurs(folder)) return;
    draft = mkdtempSync(join(folder, 'draft-'));
    const archive = join(draft, 'archive');
    const { dataDirectory, key, login, facts } = running;
    await query(`select pg_catalog.pg_backup_start('migrator', true)`);
    const from = await walFile(query);
    const packed = tar(['-cf', archive, ...LEFT_OUT, '-C', dirname(dataDirectory), 'data']);
    const [stopped] = await query(
      `select labelfile, pg_catalog.pg_walfile_name(lsn) as last from pg_catalog.pg_backup_stop(false)`,
    );
    const segments = readdirSync(join(dataDirectory, 'pg_wal')).filter(
      (name) => /^[0-9A-F]{24}$/.test(name) && name >= from && name <= String(stopped?.last),
    );
    writeFileSync(join(draft, 'kept.json'), JSON.stringify({ password: login.password, facts }), { mode: 0o600 });
    mkdirSync(join(draft, 'data'), { mode: 0o700 });
    writeFileSync(join(draft, 'data/backup_label'), String(stopped?.labelfile), { mode: 0o600 });
    const wal = segments.map((name) => `data/pg_wal/${name}`);
    const whole =
      packed &&
      tar(['-rf', archive, '-C', draft, 'kept.json', 'data/backup_label']) &&
      tar(['-rf', archive, '-C', dirname(dataDirectory), ...wal]);
    if (!whole || lstatSync(archive).size > MOST_BYTES) return;
    chmodSync(archive, 0o600);
    const digest = await digestOf(archive);
    renameSync(archive, join(folder, `${key}.${place.version}.${digest}.tar`));
  } catch {
  } finally {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    prune(folder);
  }
}

/** The log is copied from where the backup begins to where it ends; the rest belongs to the running server. */
const LEFT_OUT = ['pg_wal/*', 'postmaster.pid', 'postmaster.opts'].map((path) => `--exclude=data/${path}`);

async function walFile(
  query: (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>,
): Promise<string> {
  const [row] = await query(
    `select pg_catalog.pg_walfile_name(redo_lsn) as name from pg_catalog.pg_control_checkpoint()`,
  );
  return String(row?.name);
}

function tar(args: readonly string[]): boolean {
  return spawnSync('tar', args, { stdio: 'ignore' }).status === 0;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** Gives the digest of what was unpacked; undefined where it cannot be. */
async function unpack(path: string, folder: string): Promise<string | undefined> {
  const { stdin, ...child } = startTar(['-xf', '-', '--no-same-owner', '-C', folder]);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk);
      // It may end before the last bytes, which only fill the file up.
      if (stdin.destroyed || stdin.write(chunk)) continue;
      await Promise.race([new Promise((resolve) => stdin.once('drain', resolve)), child.ended]);
    }
  } catch {
    child.kill();
  }
  stdin.end();
  return (await child.ended) === 0 ? hash.digest('hex') : undefined;
}

function startTar(args: readonly string[]) {
  const child = spawn('tar', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return { stdin: child.stdin, ended, kill: () => child.kill() };
}

interface KeptFile {
  readonly path: string;
  readonly key: string;
  readonly version: string;
  readonly digest: string;
  readonly madeAt: number;
}

/** Those that nobody else can have written, and that are young enough; the newest first. */
function sound(folder: string): KeptFile[] {
  if (!isOurs(folder)) return [];
  return readdirSync(folder)
    .flatMap((name): KeptFile[] => {
      const [, key, version, digest] = /^([0-9a-f]{64})\.([\d.]+)\.([0-9a-f]{64})\.tar$/.exec(name) ?? [];
      const path = join(folder, name);
      const madeAt = ownMtime(path);
      if (key === undefined || version === undefined || digest === undefined || madeAt === undefined) return [];
      return [{ path, key, version, digest, madeAt }];
    })
    .filter(({ madeAt }) => Date.now() - madeAt < DAY_MS)
    .sort((a, b) => b.madeAt - a.madeAt);
}

function isOurs(path: string): boolean {
  return ownMtime(path) !== undefined;
}

/** Undefined for what is gone, and for what others own or may write to. */
function ownMtime(path: string): number | undefined {
  try {
    const { uid, mode, mtimeMs } = lstatSync(path);
    return uid === process.getuid?.() && (mode & 0o022) === 0 ? mtimeMs : undefined;
  } catch {
    return undefined;
  }
}

/** The newest stay; drafts of killed processes go after an hour. */
function prune(folder: string): void {
  try {
    const stay = new Set(
      sound(folder)
        .slice(0, MOST_FILES)
        .map(({ path }) => path),
    );
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const isYoungDraft = name.startsWith('draft-') && Date.now() - lstatSync(path).mtimeMs < 60 * 60 * 1000;
      if (!stay.has(path) && !isYoungDraft) rmSync(path, { recursive: true, force: true });
    }
  } catch {}
}
