import { createHash } from 'node:crypto';
import { type Scratch, type ScratchDatabase, withScratch } from '../scratch/index.js';

/** A scratch that many comparisons share: what one history makes is made once, and copied. */
export interface DriftGround {
  readonly scratch: Scratch;
  /** A copy, for the caller to drop, of what `make` makes for this history. */
  copyOf(history: unknown, make: (database: ScratchDatabase) => Promise<void>): Promise<ScratchDatabase>;
}

/** Opens one for the length of `use`. Throws as `withScratch` does. */
export function withDriftGround<T>(
  options: {
    readonly scratchUrl?: string | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((message: string) => void) | undefined;
  },
  use: (ground: DriftGround) => Promise<T>,
): Promise<T> {
  const { scratchUrl: url, signal, onProgress } = options;
  return withScratch({ url, signal, onProgress }, async (scratch) => {
    const made = new Map<string, Promise<ScratchDatabase>>();
    let last: Promise<unknown> = Promise.resolve();
    // One at a time: a database can only be copied while nobody is connected to it, and roles are the whole server's.
    const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
      const mine = last.then(work, work);
      last = mine.catch(() => {});
      return mine;
    };
    const makeOnce = async (make: (database: ScratchDatabase) => Promise<void>) => {
      const database = await scratch.create();
      await make(database);
      return database;
    };
    return use({
      scratch,
      copyOf: (history, make) => {
        const key = createHash('sha256').update(JSON.stringify(history)).digest('hex');
        return inTurn(async () => {
          const source = made.get(key) ?? makeOnce(make);
          made.set(key, source);
          return scratch.create({ from: await source });
        });
      },
    });
  });
}
