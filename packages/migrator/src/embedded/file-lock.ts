import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorError } from '../errors/migrator-error.js';
import { identityOf, isSameProcessAlive, type ProcessIdentity } from './process-identity.js';

interface LockContent extends ProcessIdentity {
  readonly id: string;
}

const pollMs = 20;
const giveUpMs = 180_000;

/**
 * One process at a time, over a lock file that names its holder. A killed holder's lock is taken over at once.
 * Node has no flock; a helper process or a native module would cost more than this.
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
  const content: LockContent = { ...identityOf(process.pid), id: randomUUID() };
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
  await withFileLock(`${path}.${staleId.slice(0, 8)}`, onWait, async () => {
    const now = readLock(path);
    if (now === 'gone') return;
    if ((now === 'unreadable' ? 'unreadable' : now.id) === staleId) unlinkSync(path);
  });
}

/** A hard link appears with its content in one step; `open(O_EXCL)` followed by a write can be read half done. */
function tryCreate(path: string, content: LockContent): boolean {
  const draft = `${path}.${content.id}.draft`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function readLock(path: string): LockContent | 'gone' | 'unreadable' {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return 'unreadable';
    const { id, pid, mark } = value as Record<string, unknown>;
    if (typeof id !== 'string' || typeof pid !== 'number' || typeof mark !== 'string') return 'unreadable';
    return { id, pid, mark };
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'gone';
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
