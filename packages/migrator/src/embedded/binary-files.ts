import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Makes the library links that the npm package leaves to its postinstall script, which package managers do not run unasked.
 * A read-only node_modules is no failure here: the trial run after it decides.
 */
export function linkLibraries(native: string): void {
  for (const { source, target } of readLinkList(native)) {
    try {
      symlinkSync(basename(source), join(native, '..', target));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EEXIST' && code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
    }
  }
}

/** Complete or absent: built under another name and renamed. Loses gracefully to another process that does the same. */
export function copyTree(native: string, target: string): void {
  const draft = `${target}.${randomUUID()}`;
  const inner = join(draft, 'native');
  try {
    mkdirSync(draft, { recursive: true });
    chmodSync(draft, 0o755);
    linkOrCopy(native, inner);
    linkLibraries(inner);
    renameSync(inner, target);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')))
      throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function linkOrCopy(from: string, to: string): void {
  const stat = lstatSync(from);
  if (stat.isDirectory()) {
    mkdirSync(to);
    chmodSync(to, 0o755);
    for (const name of readdirSync(from)) linkOrCopy(join(from, name), join(to, name));
  } else if (stat.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), to);
  } else if (!(isOpenToAll(stat.mode) && tryLink(from, to))) {
    copyFileSync(from, to);
    chmodSync(to, stat.mode & 0o100 ? 0o755 : 0o644);
  }
}

/** A hard link shares the mode; under a strict umask the original is closed to others and must stay so. */
function isOpenToAll(mode: number): boolean {
  return (mode & 0o004) !== 0 && ((mode & 0o100) === 0 || (mode & 0o001) !== 0);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function readLinkList(native: string): { source: string; target: string }[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  } catch {
    return [];
  }
  return Array.isArray(value) ? value.filter(isLink) : [];
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { source, target } = value as Record<string, unknown>;
  return typeof source === 'string' && typeof target === 'string';
}
