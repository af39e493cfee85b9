import { MigratorError } from '../errors/migrator-error.js';
import type { FleetCounts, FleetDatabase, FleetEntry } from './types.js';

export interface FleetRunOptions<T> {
  readonly work: (database: FleetDatabase) => Promise<T>;
  /** How many at once. */
  readonly concurrency: number;
  /** How many go first, or which one: if one of them fails, no other begins. */
  readonly canary?: number | string | undefined;
  /** After so many failures no other begins. */
  readonly maxFailures: number;
  /** Names of those that need not be gone to. */
  readonly done?: ReadonlySet<string> | undefined;
  /** No other begins; the work is told by itself. */
  readonly signal?: AbortSignal | undefined;
  readonly onEntry?: ((entry: FleetEntry<T>, counts: FleetCounts) => void) | undefined;
}

/** Does the work on each, in the order of the list, and gives what became of each in that order. Throws `wrong-usage` for a canary that is not in it. */
export async function runFleet<T>(
  databases: readonly FleetDatabase[],
  options: FleetRunOptions<T>,
): Promise<FleetEntry<T>[]> {
  const { work, concurrency, maxFailures, done = new Set(), signal, onEntry } = options;
  const entries = new Map<string, FleetEntry<T>>();
  let running = 0;
  const count = (state: FleetEntry<T>['state']) =>
    [...entries.values()].filter((entry) => entry.state === state).length;
  const tell = (entry: FleetEntry<T>) => {
    entries.set(entry.name, entry);
    onEntry?.(entry, {
      ...{ done: count('done'), failed: count('failed'), skipped: count('skipped') },
      ...{ running, total: databases.length },
    });
  };
  const goTo = async (database: FleetDatabase): Promise<void> => {
    const { name } = database;
    if (done.has(name)) return tell({ name, state: 'skipped', durationMs: 0 });
    const started = performance.now();
    const ended = () => Math.round(performance.now() - started);
    running += 1;
    try {
      const value = await work(database);
      running -= 1;
      tell({ name, state: 'done', value, durationMs: ended() });
    } catch (error) {
      running -= 1;
      tell({ name, state: 'failed', error, durationMs: ended() });
    }
  };
  const goToAll = async (list: readonly FleetDatabase[], mayFail: number): Promise<void> => {
    const waiting = [...list];
    const next = async (): Promise<void> => {
      while (count('failed') < mayFail && !signal?.aborted) {
        const database = waiting.shift();
        if (!database) return;
        await goTo(database);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, next));
  };

  const [first, others] = canariesOf(databases, options.canary);
  await goToAll(first, 1);
  if (count('failed') === 0) await goToAll(others, maxFailures);
  return databases.map(({ name }) => entries.get(name) ?? { name, state: 'not-begun', durationMs: 0 });
}

function canariesOf(
  databases: readonly FleetDatabase[],
  canary: number | string | undefined,
): readonly [first: readonly FleetDatabase[], others: readonly FleetDatabase[]] {
  if (canary === undefined) return [[], databases];
  if (typeof canary === 'number') return [databases.slice(0, canary), databases.slice(canary)];
  const first = databases.filter(({ name }) => name === canary);
  if (first.length > 0) return [first, databases.filter(({ name }) => name !== canary)];
  throw new MigratorError('wrong-usage', {
    message: `\`--canary ${canary}\`: no database of the list has this name.`,
    fix: `Name one of them, such as \`${databases[0]?.name ?? ''}\`, or how many go first: \`--canary 1\`.`,
  });
}
