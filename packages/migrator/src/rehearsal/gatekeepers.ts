import type { Session } from '../database/session.js';
import type { ScratchDatabase } from '../scratch/index.js';
import { quoteName } from '../sql/quote.js';

/** A table to stand before. */
export interface Gate {
  readonly schema: string;
  readonly name: string;
}

/** A session that holds a lock until it is let go. */
export interface ClosedGate {
  readonly pid: number;
  open(): Promise<void>;
}

/**
 * What others do with a table while it is served: one vacuums it, one writes to it. A statement that cannot run beside either
 * waits there, with all the locks that it has by then; CREATE INDEX CONCURRENTLY waits for writers before it builds.
 */
const MODES = ['share update exclusive', 'row exclusive'];

/** More tables than this in one statement (VACUUM with a list) are not all stood before. */
const TABLES = 4;

/** Sessions that stand in the way of a statement, each with one lock on one table, and one that looks on. */
export class Gatekeepers {
  readonly monitor: Session;
  #database: ScratchDatabase;
  #keepers: { readonly session: Session; readonly pid: number }[] = [];

  private constructor(database: ScratchDatabase, monitor: Session) {
    this.#database = database;
    this.monitor = monitor;
  }

  static async open(database: ScratchDatabase): Promise<Gatekeepers> {
    return new Gatekeepers(database, await database.connect());
  }

  /** Locks each of the tables in each mode, by a session of its own. */
  async stand(tables: readonly Gate[]): Promise<ClosedGate[]> {
    const closed: ClosedGate[] = [];
    for (const { schema, name } of tables.slice(0, TABLES)) {
      for (const mode of MODES) {
        const { session, pid } = await this.#keeper(closed.length);
        await session.run('begin');
        const isClosed = await session.run(`lock table ${quoteName(schema, name)} in ${mode} mode nowait`).then(
          () => true,
          () => false,
        );
        // What takes no such lock has no gate.
        if (isClosed) closed.push({ pid, open: async () => void (await session.run('rollback')) });
        else await session.run('rollback');
      }
    }
    return closed;
  }

  async close(): Promise<void> {
    await Promise.all([this.monitor, ...this.#keepers.map(({ session }) => session)].map((each) => each.close()));
  }

  async #keeper(index: number): Promise<{ readonly session: Session; readonly pid: number }> {
    const known = this.#keepers[index];
    if (known) return known;
    const session = await this.#database.connect();
    const keeper = { session, pid: await pidOf(session) };
    this.#keepers.push(keeper);
    return keeper;
  }
}

export async function pidOf(session: Session): Promise<number> {
  const [row] = await session.rows<{ readonly pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return Number(row?.pid);
}
