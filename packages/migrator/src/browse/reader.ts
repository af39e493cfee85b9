import { connectionError, isConnectFailure } from '../database/connection-error.js';
import { sqlstate } from '../database/history.js';
import { AnswerTooLarge, Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';
import { redact } from '../errors/migrator-error.js';
import { loadParser } from '../sql/parse.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { judgeStatement } from './read-only.js';
import { jsonRows } from './values.js';
import { volatileQuery } from './volatile.js';

export interface ReaderOptions {
  readonly timeoutMs: number;
  /** Of one answer to a query without LIMIT. */
  readonly mostRows: number;
}

export interface Query {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** That names without a schema are looked up in first. */
  readonly schema?: string | undefined;
}

/** Why a statement was not run, or how it failed: for the person who looks at the page. */
export class QueryRefused extends Error {
  override readonly name = 'QueryRefused';
}

/** Of one answer: the page holds it three times over. */
const MOST_BYTES = 64 * 1024 ** 2;

/** As many as the protocol can ask for. */
const ALL_ROWS = 2 ** 31 - 1;

/** Sessions that look at a database at once: one slow count must not keep the rows of another table waiting. */
const LANES = 3;

interface Lane {
  session: Session | undefined;
  last: Promise<unknown>;
  waiting: number;
}

/**
 * Reads a database, and does nothing else to it: a statement must be one, must be of a kind that reads and may call only functions
 * that change nothing; it runs in a read-only transaction of its own, which nothing in it can turn into another, with a time limit,
 * and is rolled back.
 */
export class Reader {
  readonly #target: ConnectionTarget;
  readonly #options: ReaderOptions;
  readonly #lanes: readonly Lane[];
  #isClosed = false;

  constructor(target: ConnectionTarget, options: ReaderOptions) {
    this.#target = target;
    this.#options = options;
    this.#lanes = Array.from({ length: LANES }, () => ({ session: undefined, last: Promise.resolve(), waiting: 0 }));
  }

  /** Rows as objects. Throws `QueryRefused`; of a connection that fails, `connection-failed` and its kin. */
  async read(query: Query, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]> {
    await loadParser();
    const judgement = judgeStatement(query.sql);
    if ('refused' in judgement) throw new QueryRefused(judgement.refused);
    return this.#inLane(async (lane) => {
      signal.throwIfAborted();
      const session = await this.#sessionOf(lane);
      let cancelled: Promise<void> | undefined;
      const cancel = () => {
        cancelled = session.cancel();
      };
      signal.addEventListener('abort', cancel);
      try {
        await session.run(this.#opening);
        const [name] = await session.rows<{ name: string }>(`${lookIn(query)}${volatileQuery(judgement.uses)}`);
        if (name) throw new QueryRefused(`This view only reads: \`${name.name}\` may do more than that.`);
        signal.throwIfAborted();
        const most = { rows: judgement.isBounded ? ALL_ROWS : this.#options.mostRows, bytes: MOST_BYTES };
        return jsonRows(await session.ask(query.sql, query.parameters, most));
      } catch (error) {
        if (isConnectFailure(error)) throw connectionError(error, this.#target);
        if (error instanceof AnswerTooLarge) throw new QueryRefused(TOO_LARGE);
        throw /^[0-9A-Z]{5}$/.test(sqlstate(error)) ? new QueryRefused(wordsOf(error)) : error;
      } finally {
        signal.removeEventListener('abort', cancel);
        // It must not hit the next statement of the lane.
        await cancelled;
        if (!session.isClosed) await session.run(CLOSING).catch(() => session.close());
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      this.#lanes.map(async ({ session }) => {
        await session?.cancel();
        await session?.close();
      }),
    );
  }

  /**
   * After its first query, a transaction that is read-only stays so: Postgres refuses SET TRANSACTION READ WRITE. Strings are read
   * as the grammar has read them, whatever the database is set to.
   */
  get #opening(): string {
    return `begin transaction read only; set local standard_conforming_strings = on;
      set local statement_timeout = ${this.#options.timeoutMs}; set local lock_timeout = 1000;
      set local idle_in_transaction_session_timeout = 60000; set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; select 1`;
  }

  async #inLane<T>(work: (lane: Lane) => Promise<T>): Promise<T> {
    const lane = this.#lanes.reduce((least, other) => (other.waiting < least.waiting ? other : least));
    lane.waiting += 1;
    const result = lane.last.then(() => work(lane));
    lane.last = result.catch(() => {});
    try {
      return await result;
    } finally {
      lane.waiting -= 1;
    }
  }

  async #sessionOf(lane: Lane): Promise<Session> {
    if (this.#isClosed) throw new Error('The reader is closed.');
    if (!lane.session || lane.session.isClosed)
      lane.session = await Session.open(this.#target, { applicationName: 'migrator browse' });
    return lane.session;
  }
}

/** Advisory locks that a view or a domain has taken outlive the transaction. */
const CLOSING = 'rollback; select pg_advisory_unlock_all()';

const TOO_LARGE = `The answer is larger than ${MOST_BYTES / 1024 ** 2} MB. Take fewer rows a page, or name the columns: \`select id, name from …\`.`;

function lookIn({ schema }: Query): string {
  if (schema === undefined) return '';
  return `select set_config('search_path', ${quoteLiteral(quoteIdent(schema))} || ', ' || current_setting('search_path'), true); `;
}

function wordsOf(error: unknown): string {
  const { message, hint } = error as { readonly message?: string; readonly hint?: string };
  return redact(`${message ?? String(error)}${hint ? ` (${hint})` : ''}`);
}
