import type { SessionInfo } from '../core/types.js';
import type { Session } from '../database/session.js';
import { sessionColumns, toSessionInfo } from '../database/session-info.js';
import type { ExecuteContext } from './context.js';

/** What the session is busy with, as far as the watch needs to know. */
interface Running {
  readonly tag: string;
  readonly index: number;
  readonly since: number;
}

/**
 * Looks at what blocks the running statement, from a connection of its own that is opened only when one takes long.
 * It must look while the statement waits: after a lock timeout nobody can tell any more who was in the way.
 */
export class BlockerWatch {
  #context: ExecuteContext;
  #running: Running | undefined;
  #backendPid: number | undefined;
  #monitor: Promise<Session | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #stopped = false;
  #lastShown = '';
  #seen: readonly SessionInfo[] = [];

  constructor(context: ExecuteContext) {
    this.#context = context;
    const interval = Math.max(40, Math.min(400, context.timeouts.lockTimeoutMs / 4));
    this.#timer = setInterval(() => void this.#look(interval), interval);
    this.#timer.unref();
  }

  /** A statement begins, in the server process `backendPid`. */
  starts(tag: string, index: number): void {
    this.#running = { tag, index, since: performance.now() };
    this.#seen = [];
  }

  idle(): void {
    this.#running = undefined;
  }

  inProcess(backendPid: number | undefined): void {
    this.#backendPid = backendPid;
  }

  /** Sessions that stood in the way of the statement that ran last. */
  get seen(): readonly SessionInfo[] {
    return this.#seen;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await (await this.#monitor)?.close();
  }

  async #look(interval: number): Promise<void> {
    const running = this.#running;
    const pid = this.#backendPid;
    if (!running || pid === undefined || this.#looking || this.#stopped || performance.now() - running.since < interval)
      return;
    this.#looking = true;
    try {
      this.#monitor ??= this.#context.openMonitor().catch(() => undefined);
      const rows = await (await this.#monitor)?.rows(
        `select ${sessionColumns('a')} from pg_stat_activity a where a.pid = any(pg_blocking_pids(${pid})) and a.pid <> ${pid}`,
      );
      if (!rows || rows.length === 0 || this.#running !== running) return;
      this.#seen = rows.map(toSessionInfo);
      const shown = `${running.tag} ${running.index} ${this.#seen.map((session) => session.pid)}`;
      if (shown === this.#lastShown) return;
      this.#lastShown = shown;
      this.#context.emit({
        type: 'blocked',
        tag: running.tag,
        index: running.index,
        blockers: this.#seen,
        waitedMs: performance.now() - running.since,
      });
    } catch {
      // Only a convenience: a server that refuses one more connection must not fail the run.
    } finally {
      this.#looking = false;
    }
  }
}
