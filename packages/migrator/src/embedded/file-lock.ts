import { randomBytes } from 'node:crypto';
import { readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorError } from '../errors/migrator-error.js';
import { identityOf, isSameProcessAlive, type ProcessIdentity } from './process-identity.js';

interface LockContent extends ProcessIdentity {
  readonly id: string;
}

const pollMs = 20;
const giveUpMs = 180_000;

/**
 * One process at a time, over a lock that names its holder. A killed holder's lock is taken over at once.
 * Node has no flock; a helper process or a native module would cost more than this.
 *
 * The lock is a symbolic link whose target is text: made in one step, never half written, refused if it is there, and it
 * needs no space on a full disk, where `db down` must still work.
 */
export async function withFileLock<T>(
  path: string,
  onWait: (holderPid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const content = await acquire(path, onWait);
  try {
    return await work();
  } finally {
    release(path, content);
  }
}

async function acquire(path: string, onWait: (holderPid: number) => void): Promise<LockContent> {
  const content: LockContent = { ...identityOf(process.pid), id: randomBytes(4).toString('hex') };
  const deadline = Date.now() + giveUpMs;
  for (let told = false; ; ) {
    if (tryCreate(path, content)) return content;
    const holder = readLock(path);
    if (holder === 'gone') continue;
    if (holder === 'unreadable' || !isSameProcessAlive(holder)) {
      await removeStale(path, holder === 'unreadable' ? 'unreadable' : holder.id, onWait);
      continue;
    }
    if (Date.now() > deadline) throw heldTooLong(path, holder.pid);
    if (!told) onWait(holder.pid);
    told = true;
    await sleep(pollMs);
  }
}

/**
 * Of several that find the same dead holder only one may remove its lock, and none may remove the lock of whoever came
 * next. So the removal has a lock of its own, named after the dead one, and looks again under it. That inner lock can
 * die the same way and is cured the same way.
 */
async function removeStale(path: string, staleId: string, onWait: (holderPid: number) => void): Promise<void> {
  await withFileLock(`${path}.${staleId}`, onWait, async () => {
    const now = readLock(path);
    if (now === 'gone') return;
    if ((now === 'unreadable' ? 'unreadable' : now.id) === staleId) rmSync(path, { recursive: true });
  });
}

function tryCreate(path: string, { pid, mark, id }: LockContent): boolean {
  try {
    symlinkSync([pid, mark, id].join(' '), path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(path: string): LockContent | 'gone' | 'unreadable' {
  try {
    const [pid, mark, id, ...rest] = readlinkSync(path).split(' ');
    if (mark === undefined || id === undefined || rest.length > 0) return 'unreadable';
    return { pid: Number(pid), mark, id };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return 'gone';
    if (code === 'EINVAL') return 'unreadable';
    throw error;
  }
}

function release(path: string, content: LockContent): void {
  const now = readLock(path);
  if (typeof now === 'object' && now.id === content.id) unlinkSync(path);
}

function heldTooLong(path: string, holderPid: number): MigratorError {
  return new MigratorError('embedded-start-failed', {
    message: `Another command (pid ${holderPid}) has been starting or stopping the embedded database for ${giveUpMs / 60_000} minutes.`,
    where: path,
    state: 'This command did nothing.',
    fix: `Look at process ${holderPid} and end it if it hangs, then run this again.`,
  });
}
