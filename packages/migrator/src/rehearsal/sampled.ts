import { setTimeout } from 'node:timers/promises';
import type { Session } from '../database/session.js';
import type { Gate, Gatekeepers } from './gatekeepers.js';
import { locksOfOther } from './picture.js';

/**
 * Runs a statement that ends its transactions itself, and gives every lock (`oid mode`) that it was seen to hold or to ask
 * for: at the gates on `tables`, where it stands still, and now and then between them.
 */
export async function runSampled(
  gatekeepers: Gatekeepers,
  { pid, tables, run }: { readonly pid: number; readonly tables: readonly Gate[]; readonly run: () => Promise<void> },
): Promise<ReadonlySet<string>> {
  const { monitor } = gatekeepers;
  const seen = new Set<string>();
  let gates = await gatekeepers.stand(tables);
  const started = performance.now();
  let isOver = false;
  const end = run().finally(() => {
    isOver = true;
  });
  // Waited for below, after what may fail meanwhile.
  end.catch(() => {});
  try {
    while (!isOver) {
      const blockers = await blockersOf(monitor, pid);
      // Asked after the blockers: what it waits for now, it still waits for then.
      for (const lock of await locksOfOther(monitor, pid)) seen.add(lock);
      for (const gate of gates.filter((each) => blockers.includes(each.pid))) await gate.open();
      gates = gates.filter((each) => !blockers.includes(each.pid));
      if (performance.now() - started > 1000) await setTimeout(20);
    }
  } finally {
    for (const gate of gates) await gate.open().catch(() => {});
  }
  await end;
  return seen;
}

/** Whom a session waits for, also where it waits for the end of a transaction. */
async function blockersOf(monitor: Session, pid: number): Promise<readonly number[]> {
  const rows = await monitor.rows<{ readonly blocker: number }>(
    `select unnest(pg_catalog.pg_blocking_pids(${pid})) as blocker`,
  );
  return rows.map(({ blocker }) => Number(blocker));
}
