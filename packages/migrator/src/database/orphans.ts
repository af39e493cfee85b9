import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from './abort.js';
import { lockKeys } from './lock.js';
import type { Session } from './session.js';
import type { TrackingNames } from './tracking.js';

/** Name of a session while it executes migrations, in pg_stat_activity; says which tracking table it works for. */
export function executorName(names: TrackingNames, version: string): string {
  return `migrator/${version} ${executorKey(names)}`.slice(0, 63);
}

function executorKey(names: TrackingNames): string {
  return (lockKeys(names).run[1] >>> 0).toString(16).padStart(8, '0');
}

/**
 * Waits until no session of an earlier run works any more. A killed migrator leaves its statement running in the server
 * for a while, without the run lock. Whoever holds that lock may end such a session; `graceMs` lets it end by itself.
 * Gives true if there was one: what was read meanwhile may have changed.
 */
export async function endOrphans(
  session: Session,
  names: TrackingNames,
  options: { readonly graceMs?: number; readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  const started = performance.now();
  const grace = options.graceMs ?? 3000;
  let waited = false;
  for (;;) {
    throwIfAborted(options.signal);
    const elapsed = performance.now() - started;
    const act = elapsed > 2 * grace ? 'pg_terminate_backend(pid)' : elapsed > grace ? 'pg_cancel_backend(pid)' : 'null';
    const orphans = await session.rows(
      `select pid, ${act} from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and application_name like 'migrator/% ${executorKey(names)}'
         -- A pooler's idle server connection keeps the name of its last client.
         and not (state = 'idle' and state_change < clock_timestamp() - interval '200 milliseconds')`,
    );
    if (orphans.length === 0) return waited;
    waited = true;
    await sleep(50);
  }
}
