import { connectionError, isConnectFailure } from '../database/connection-error.js';
import { type Row, Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';

/** What opening the connection has told. Times in milliseconds. */
export interface Login {
  /** From nothing to the first answer. */
  readonly login: number;
  /** Median of a few round trips. */
  readonly latency: number;
  /** Another server process answers than the connection was told: a pooler stands in between. */
  readonly pooled: boolean;
}

/** How long the server itself gives a query; shorter than any check has, so that its own words arrive. */
const STATEMENT_LIMIT = '4s';
const ROUND_TRIPS = 5;

/** One connection for all checks, in read-only transactions only. After `abandon` the next query opens another one. */
export class Reader {
  login: Login | undefined;
  #target: ConnectionTarget | undefined;
  #signal: AbortSignal | undefined;
  #session: Session | undefined;

  constructor(target: ConnectionTarget | undefined, signal: AbortSignal | undefined) {
    this.#target = target;
    this.#signal = signal;
  }

  get canRead(): boolean {
    return this.login !== undefined;
  }

  /** Opens the connection. Throws what says why there is none: a `MigratorError`. */
  async connect(): Promise<Login> {
    const target = this.#target as ConnectionTarget;
    const started = performance.now();
    try {
      const session = await this.#open();
      const [first] = await session.rows<{ pid: number }>('select pg_backend_pid() as pid');
      const login = performance.now() - started;
      const times: number[] = [];
      for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
        const sent = performance.now();
        await session.run('select 1');
        times.push(performance.now() - sent);
      }
      times.sort((a, b) => a - b);
      const latency = times[Math.floor(ROUND_TRIPS / 2)] ?? 0;
      this.login = { login, latency, pooled: session.isPooled(Number(first?.pid)) };
      return this.login;
    } catch (error) {
      throw isConnectFailure(error) ? connectionError(error, target) : error;
    }
  }

  /** The rows of one query. It cannot write: the transaction is read-only. Throws what Postgres says. */
  async rows<T extends Row = Row>(query: string): Promise<readonly T[]> {
    const session = await this.#open();
    try {
      // Only the query has rows, so that they are those of the last result.
      return await session.rows<T>(
        `begin read only; set local statement_timeout = '${STATEMENT_LIMIT}'; set local lock_timeout = '1s'; ${query}; commit`,
      );
    } catch (error) {
      if (!session.isClosed) await session.run('rollback').catch(() => {});
      throw error;
    }
  }

  /** Leaves a connection on which something hangs, and tries another one for so many milliseconds. */
  async reconnect(limit: number): Promise<void> {
    const hanging = this.#session;
    this.#session = undefined;
    void hanging?.cancel().then(() => hanging.close());
    const wasReading = this.canRead;
    this.login = undefined;
    if (!wasReading) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limit);
    });
    await Promise.race([
      this.connect().then(
        () => {},
        () => {},
      ),
      late,
    ]);
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #open(): Promise<Session> {
    if (this.#session && !this.#session.isClosed) return this.#session;
    this.#session = await Session.open(this.#target as ConnectionTarget, {
      applicationName: 'migrator doctor',
      signal: this.#signal,
    });
    return this.#session;
  }
}
