import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import type { Layout } from './layout.js';

/** What is remembered between commands, in a file only its owner can read: the password is the superuser's. */
export interface EmbeddedState {
  readonly format: 1;
  /** The project folder when this was written: tells a copied checkout from a moved one. */
  readonly root: string;
  /** `inside` is the state folder itself; else the absolute folder that holds `data`. */
  readonly place: string;
  readonly user: string;
  readonly password: string;
  readonly port: number;
  readonly database: string;
  /** Name and oid of the databases we know to exist: `data/base/<oid>` shows without connecting whether one still does. */
  readonly databases: Readonly<Record<string, number>>;
  readonly version: string;
}

export const insidePlace = 'inside';

export function dataDirectoryOf(layout: Layout, place: string): string {
  return join(place === insidePlace ? layout.folder : place, 'data');
}

export function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Undefined when there is no state that can be trusted: no file, not JSON, a missing field, or a file that others can read
 * or that is not ours (it may have come with a hostile repository, and `place` says which folder `reset` deletes).
 */
export function readState(layout: Layout): EmbeddedState | undefined {
  let text: string;
  try {
    const { mode, uid } = statSync(layout.stateFile);
    const me = process.getuid?.();
    if (uid !== me && me !== 0) throw foreign(layout, uid);
    const ours = uid === me || uid === statSync(layout.folder).uid;
    if (!ours || (mode & 0o077) !== 0) return undefined;
    text = readFileSync(layout.stateFile, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES') throw foreign(layout, statSync(layout.folder).uid);
    throw error;
  }
  return parseState(text);
}

/** Written beside and renamed over, so that a kill leaves the old file or the new one. */
export function writeState(layout: Layout, state: EmbeddedState): void {
  const temporary = `${layout.stateFile}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    if ((statSync(temporary).mode & 0o077) !== 0) throw keepsNoPermissions(layout);
    // `sudo` in a user's checkout must not take the state away from the user.
    const owner = statSync(layout.folder);
    if (process.getuid?.() === 0) chownSync(temporary, owner.uid, owner.gid);
    renameSync(temporary, layout.stateFile);
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {}
    throw error;
  }
}

function parseState(text: string): EmbeddedState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isState(value) ? value : undefined;
}

function isState(value: unknown): value is EmbeddedState {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  const texts = ['root', 'place', 'user', 'password', 'database', 'version'];
  return (
    fields.format === 1 &&
    texts.every((name) => typeof fields[name] === 'string' && fields[name] !== '') &&
    Number.isInteger(fields.port) &&
    typeof fields.databases === 'object' &&
    fields.databases !== null
  );
}

function foreign(layout: Layout, uid: number): MigratorError {
  return new MigratorError('embedded-not-ours', {
    message: `The embedded database of this folder belongs to another user (uid ${uid}).`,
    where: layout.folder,
    state: 'Nothing was started or changed.',
    fix: `Run the command as that user, or delete \`${layout.folder}\` as that user to start fresh, or set DATABASE_URL.`,
  });
}

function keepsNoPermissions(layout: Layout): MigratorError {
  return new MigratorError('embedded-unsupported', {
    message:
      'The file system of this folder does not keep file permissions, so the database password could not be kept private.',
    where: layout.folder,
    state: 'Nothing was started.',
    fix: 'Move the checkout to a file system with Unix permissions, or set DATABASE_URL.',
  });
}
