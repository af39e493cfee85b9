import { MigratorError } from '../errors/migrator-error.js';
import { sqlstate } from './history.js';
import type { Session } from './session.js';

/**
 * Runs `use`. If the signal is aborted meanwhile, the server is asked to cancel what the session runs there, again and again
 * until `use` has noticed: a request that arrives between two statements hits nothing. What that ends throws the reason of
 * the signal.
 */
export async function withCancel<T>(
  session: Session,
  signal: AbortSignal | undefined,
  use: () => Promise<T>,
): Promise<T> {
  if (!signal) return use();
  throwIfAborted(signal);
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    void session.cancel();
    timer ??= setInterval(() => void session.cancel(), 200);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await use();
  } catch (error) {
    throw signal.aborted && isAnswerToCancel(error) ? abortError(signal) : error;
  } finally {
    signal.removeEventListener('abort', cancel);
    clearInterval(timer);
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Why the signal was aborted, as an error of ours: whoever calls the library may abort with anything. */
export function abortError({ reason }: AbortSignal): MigratorError {
  if (reason instanceof MigratorError) return reason;
  return new MigratorError('interrupted', {
    message: `The run was stopped by its caller: ${reason instanceof Error ? reason.message : String(reason)}`,
    fix: 'Run it again: it goes on where it stopped.',
    cause: reason,
  });
}

/** A cancelled statement, a connection closed before its login was done, or a wait that the signal has ended. */
export function isAnswerToCancel(error: unknown): boolean {
  return (
    (error instanceof Error && error.name === 'AbortError') ||
    ['57014', 'CLOSED_BEFORE_LOGIN', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED'].includes(
      sqlstate(error),
    )
  );
}
