import type { MigrationEvent } from '../core/types.js';
import { abortError, isAnswerToCancel } from '../database/abort.js';
import { stayOpen } from '../database/limits.js';
import { takeRunLock } from '../database/lock.js';
import { Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import { MigratorError } from '../errors/migrator-error.js';

export interface RunLockOptions {
  readonly pooled: boolean;
  readonly serverVersion: number;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: ((event: MigrationEvent) => void) | undefined;
}

/**
 * Holds the run lock, on a connection of its own, for the length of `use`. The signal given to `use` is aborted when the
 * caller's is, or when the lock connection is lost: from then on another run may begin.
 */
export async function withRunLock<T>(
  target: ConnectionTarget,
  tracking: TrackingNames,
  options: RunLockOptions,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const session = await Session.open(target, { applicationName: 'migrator lock', signal: options.signal });
  if (!options.pooled) stayOpen(session, options.serverVersion);
  const stop = new AbortController();
  const forward = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', forward, { once: true });
  let released = false;
  try {
    await takeRunLock(session, tracking, {
      waitMs: options.waitMs,
      serverVersion: options.serverVersion,
      signal: options.signal,
      onWaiting: (holder, waitedMs) => options.onEvent?.({ type: 'lock-waiting', holder, waitedMs }),
    });
    void session.closed.then(() => {
      if (!released) stop.abort(lockLost());
    });
    return await use(stop.signal);
  } catch (error) {
    // Waits end with a bare AbortError; the reason says more.
    throw options.signal?.aborted && isAnswerToCancel(error) ? abortError(options.signal) : error;
  } finally {
    released = true;
    options.signal?.removeEventListener('abort', forward);
    await session.close();
  }
}

function lockLost(): MigratorError {
  return new MigratorError('lock-lost', {
    message:
      'The connection that held the migration lock was lost, so the run was stopped: another one may begin at any time.',
    fix: 'Check why the server or a pooler closed an open transaction, then run the command again: it goes on where it stopped.',
  });
}
