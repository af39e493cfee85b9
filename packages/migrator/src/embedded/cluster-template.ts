import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import { initialiseCluster } from './initialise.js';
import type { RunAs } from './run-as.js';
import { newPassword } from './state.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * A throw-away cluster: a copy of one made earlier if there is one (0.1 s), else made by initdb (about 1 s), which leaves a
 * copy for the next. The template lies beside the binaries in node_modules, so it goes when they go and always fits them;
 * its password lies in it, and nobody else may enter. Where it cannot be kept, every cluster is made by initdb.
 */
export async function makeThrowAwayCluster(
  native: string,
  binaries: Binaries,
  who: RunAs,
  dataDirectory: string,
): Promise<{ login: Login; copied: boolean }> {
  const template = templateOf(native);
  const known = readTemplateLogin(template);
  if (known !== undefined && copyCluster(join(template, 'data'), dataDirectory, who)) {
    // Another process may have put a new template in its place meanwhile: then the copy is of neither.
    if (readTemplateLogin(template)?.password === known.password) return { login: known, copied: true };
    rmSync(dataDirectory, { recursive: true, force: true });
  }
  const login = { user: 'postgres', password: newPassword() };
  await initialiseCluster(binaries, who, { ...login, dataDirectory, durable: false });
  keepTemplate(template, dataDirectory, login.password);
  return { login, copied: false };
}

/** For a template that a server does not start on: a power cut may have damaged it. */
export function forgetTemplate(native: string): void {
  discard(templateOf(native));
}

/** Out of the way at once, so that nobody takes a half deleted one for whole. */
function discard(template: string): void {
  const away = `${template}-${randomBytes(6).toString('hex')}`;
  try {
    renameSync(template, away);
  } catch {
    return;
  }
  rmSync(away, { recursive: true, force: true });
}

function templateOf(native: string): string {
  return join(dirname(native), '.cluster-template');
}

function readTemplateLogin(template: string): Login | undefined {
  try {
    const { uid, mode } = lstatSync(template);
    if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return undefined;
    return { user: 'postgres', password: readFileSync(join(template, 'password'), 'utf8') };
  } catch {
    return undefined;
  }
}

/** Complete or absent: built under another name and renamed; if another process was faster, its own is as good. */
function keepTemplate(template: string, dataDirectory: string, password: string): void {
  const draft = `${template}-${randomBytes(6).toString('hex')}`;
  try {
    if (readTemplateLogin(template) !== undefined) return;
    discard(template);
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(join(draft, 'password'), password, { mode: 0o600 });
    if (copyCluster(dataDirectory, join(draft, 'data'), {})) renameSync(draft, template);
  } catch {
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** `cp` takes a third of the time of Node's own recursion over a thousand files. */
function copyCluster(from: string, to: string, owner: { uid?: number; gid?: number }): boolean {
  if (spawnSync('cp', ['-R', from, to], { stdio: 'ignore' }).status !== 0) {
    rmSync(to, { recursive: true, force: true });
    return false;
  }
  if (owner.uid !== undefined && owner.gid !== undefined) giveTo(to, owner.uid, owner.gid);
  return true;
}

export function giveTo(path: string, uid: number, gid: number): void {
  lchownSync(path, uid, gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveTo(join(path, name), uid, gid);
}
