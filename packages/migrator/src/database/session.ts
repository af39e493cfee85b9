import type { Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import postgres from 'postgres';
import { throwIfAborted, withCancel } from './abort.js';
import { connectionError, isConnectFailure, isConnectionLost } from './connection-error.js';
import { copyIn, copyOut } from './copy.js';
import { sqlstate } from './history.js';
import { type HostAddress, isSocketFolder, openSocket, sendCancel } from './socket.js';
import type { ConnectionTarget, TlsMode } from './target.js';

export type Row = Readonly<Record<string, unknown>>;

/** Rows and command tag of one statement. */
export interface StatementResult {
  readonly rows: readonly Row[];
  /** Such as `COMMIT` or `CREATE TABLE`. */
  readonly command: string;
}

/** Rows as Postgres prints them; `type` is the oid of a column's type. */
export interface PrintedRows {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What `ask` takes at most. */
export interface AnswerLimits {
  readonly rows: number;
  readonly bytes: number;
  /** Parameters are texts whose type the server finds out; without it the client makes something of them by that type. */
  readonly untyped?: boolean;
}

/** The type of a literal in quotes. */
const UNKNOWN = 705;

export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** Milliseconds between looks at how much has arrived: what arrives meanwhile is held too. */
const BYTES_WATCH = 20;

type RawRows = readonly (readonly (Buffer | null)[])[] & {
  readonly columns?: readonly { readonly name: string; readonly type: number }[];
};

export interface ServerNotice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/** As the server sent it: the bytes of each value, by column. */
export interface RawResult {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
  readonly command: string;
  /** Rows that the statement touched; null where it does not say. */
  readonly count: number | null;
}

interface FirstQuery {
  readonly state?: { readonly pid: number | null; readonly secret: number } | null;
}

export interface SessionOptions {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One connection that never reconnects by itself: a transaction must not go on in another session. It is handed one socket,
 * and there is no second one. Statements go out at once, without waiting for the answers to those before (pipelining), by
 * the simple protocol.
 */
export class Session {
  /** Called with everything the server remarks. */
  onNotice: ((notice: ServerNotice) => void) | undefined;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  #address: HostAddress;
  #socket: Socket;
  #hasLeft = false;
  #loginMs: number;
  #client: postgres.Sql;
  #isClosed = false;
  /** Ends the wait for answers that will not come any more. */
  #waiting = new Set<(error: Error) => void>();
  /** The first query: postgres.js notes in it which server process the connection was told at login. */
  #first: FirstQuery | undefined;

  private constructor(target: ConnectionTarget, address: HostAddress, socket: Socket, options: SessionOptions) {
    let markClosed: () => void = () => {};
    this.closed = new Promise((resolve) => {
      markClosed = resolve;
    });
    this.#address = address;
    this.#socket = socket;
    this.#loginMs = target.connectTimeout * 1000;
    const lost = () => {
      this.#isClosed = true;
      markClosed();
      for (const reject of this.#waiting) reject(this.#backend ? connectionClosed() : closedBeforeLogin());
      this.#waiting.clear();
    };
    // postgres.js listens only from the first query on, and a server may hang up before.
    socket.once('close', lost).on('error', () => {});
    let unused: Socket | undefined = socket;
    this.#client = postgres({
      ...clientOptions(target, address),
      connection: { ...target.settings, application_name: options.applicationName },
      // Not in postgres.js' types: where it gets its sockets from.
      ...{
        socket: () => {
          const only = unused;
          unused = undefined;
          if (!only) throw connectionClosed();
          return only;
        },
      },
      onnotice: (notice) =>
        this.onNotice?.({
          severity: notice.severity ?? 'NOTICE',
          code: notice.code ?? '',
          message: notice.message ?? '',
        }),
      onclose: lost,
    });
  }

  /**
   * Connects to the first host that answers and is of the wanted kind. Throws `connection-failed`, `authentication-failed`
   * or `database-missing`, each saying what to check; and the reason of the signal.
   */
  static async open(target: ConnectionTarget, options: SessionOptions): Promise<Session> {
    throwIfAborted(options.signal);
    let failure: unknown;
    for (const address of target.hosts) {
      try {
        const socket = await openSocket(address, target.connectTimeout * 1000, options.signal);
        const session = new Session(target, address, socket, options);
        if (target.hosts.length === 1) return session;
        if (await withCancel(session, options.signal, () => session.#hasWantedKind(target.sessionAttributes)))
          return session;
        await session.close();
        failure ??= new Error(`No host is ${target.sessionAttributes}.`);
      } catch (error) {
        throwIfAborted(options.signal);
        failure = error;
      }
    }
    throw connectionError(failure, target);
  }

  /** Whether `backendPid`, the server process that answers, is another one than the connection was told when it opened. */
  isPooled(backendPid: number): boolean {
    return this.#backend !== undefined && this.#backend.pid !== backendPid;
  }

  /** The one of the hosts that it is connected to. */
  get address(): HostAddress {
    return this.#address;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs SQL text as it is; gives one result per statement in it. Throws what Postgres says (`PostgresError`). */
  async run(text: string): Promise<StatementResult[]> {
    const results = (await this.#answers(text, (query) => query)) as (Row[] & { command: string })[];
    return results.map((rows) => ({ rows, command: rows.command }));
  }

  /** The same, with values as bytes and columns by position: two may have one name. */
  async runRaw(text: string): Promise<RawResult[]> {
    const results = (await this.#answers(text, (query) => query.raw())) as unknown as (Buffer[][] & {
      command: string;
      count: number | null;
      columns?: RawResult['columns'];
    })[];
    return results.map((rows) => ({
      columns: rows.columns ?? [],
      rows: [...rows],
      command: rows.command,
      count: rows.count,
    }));
  }

  /** `COPY … TO STDOUT` into streams, the last of which takes the data; gives the rows that the server counted. */
  copyOut(text: string, stages: readonly NodeJS.ReadWriteStream[], sink: NodeJS.WritableStream): Promise<number> {
    return this.#streaming(() => copyOut(this.#client, text, stages, sink));
  }

  /**
   * `COPY … FROM STDIN`, with rows as Postgres writes them, cut anywhere; gives the rows that the server counted. Takes the
   * next chunk only when the server has room for it. Throws what Postgres says, and what `source` throws.
   */
  copyIn(
    text: string,
    source: AsyncIterable<string | Uint8Array>,
    stages: readonly NodeJS.ReadWriteStream[] = [],
  ): Promise<number> {
    return this.#streaming(() => copyIn(this.#client, text, source, stages));
  }

  /** A connection that is lost ends the copy, as postgres.js does not always tell its stream. */
  async #streaming<T>(use: () => Promise<T>): Promise<T> {
    // The login is for `run` to watch over.
    if (!this.#first) await this.run('select');
    if (this.#isClosed) throw connectionClosed();
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      use()
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /**
   * Runs one statement by the extended protocol, which takes no second one; parameters are `$1` and so on. Gives at most `rows` rows,
   * each value as Postgres prints it. Throws `AnswerTooLarge`, and stops the statement, when more than `bytes` arrive.
   */
  async ask(text: string, parameters: readonly unknown[], most: AnswerLimits): Promise<PrintedRows> {
    this.#assertOpen();
    let page: RawRows | undefined;
    const values = most.untyped ? parameters.map((value) => this.#client.typed(value as never, UNKNOWN)) : parameters;
    const query = this.#client.unsafe(text, values as never[]).raw();
    query.cursor(most.rows, (rows) => {
      page ??= rows as unknown as RawRows;
      return this.#client.CLOSE as never;
    });
    const before = this.#socket.bytesRead;
    const isTooLarge = () => this.#socket.bytesRead - before > most.bytes;
    const watch = setInterval(() => isTooLarge() && void this.cancel(), BYTES_WATCH);
    let last: RawRows;
    try {
      last = (await this.#answerOf(query, () => query.execute())) as RawRows;
    } catch (error) {
      throw sqlstate(error) === '57014' && isTooLarge() ? new AnswerTooLarge() : error;
    } finally {
      clearInterval(watch);
    }
    if (isTooLarge()) throw new AnswerTooLarge();
    const rows = page ?? last;
    return {
      columns: (rows.columns ?? []).map(({ name, type }) => ({ name, type })),
      rows: rows.map((cells) => cells.map((cell) => (cell === null ? null : cell.toString('utf8')))),
    };
  }

  /** One for each statement in `text`, sent as it is. */
  async #answers(
    text: string,
    form: (query: postgres.PendingQuery<postgres.Row[]>) => { execute(): PromiseLike<unknown> },
  ): Promise<unknown[]> {
    this.#assertOpen();
    const query = form(this.#client.unsafe(text).simple() as unknown as postgres.PendingQuery<postgres.Row[]>);
    const answer = await this.#answerOf(query, () => query.execute());
    return isResult(answer) ? [answer] : (answer as unknown[]);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw this.#backend ? connectionClosed() : closedBeforeLogin();
  }

  /** The answer, or the failure of a connection that goes meanwhile. */
  async #answerOf(query: object, execute: () => PromiseLike<unknown>): Promise<unknown> {
    const isFirst = this.#first === undefined;
    this.#first ??= query as FirstQuery;
    let stopWatch = () => {};
    let reject: (error: Error) => void = () => {};
    // The server's own last words (57P01, a wrong password) arrive before the close and win.
    return new Promise<unknown>((resolve, giveUp) => {
      reject = giveUp;
      this.#waiting.add(reject);
      execute().then(resolve, giveUp);
      if (isFirst) stopWatch = this.#watchLogin(giveUp);
    })
      .catch((error: unknown) => {
        throw this.#backend || isConnectFailure(error) || !isConnectionLost(error) ? error : closedBeforeLogin();
      })
      .finally(() => {
        stopWatch();
        this.#waiting.delete(reject);
      });
  }

  /** The rows of the last statement in `text`. */
  async rows<T extends Row = Row>(text: string): Promise<readonly T[]> {
    return ((await this.run(text)).at(-1)?.rows ?? []) as readonly T[];
  }

  /**
   * Asks the server to cancel what it is running for this session. Resolves when the request was delivered. Before the login
   * is done there is nothing to cancel, so the connection is closed.
   */
  async cancel(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#backend) await sendCancel(this.#address, this.#backend).catch(() => {});
    else this.#socket.destroy();
  }

  /** Process and secret as told at login: the address of cancel requests. */
  get #backend(): { readonly pid: number; readonly secret: number } | undefined {
    const state = this.#first?.state;
    return state && state.pid !== null ? { pid: state.pid, secret: state.secret } : undefined;
  }

  /** Says goodbye without waiting for the server to hang up, which takes it a while. For sessions that hold nothing. */
  leave(): void {
    this.#hasLeft = true;
    // Of a socket that has carried no query yet, postgres.js knows nothing.
    if (!this.#first) this.#socket.destroy();
    this.#socket.unref();
    void this.#client.end().catch(() => {});
  }

  /** A server that accepts a connection and then stays silent. */
  #watchLogin(giveUp: (error: Error) => void): () => void {
    const timer = setTimeout(() => {
      if (this.#backend) return;
      giveUp(Object.assign(new Error('no answer'), { code: 'CONNECT_TIMEOUT' }));
      this.#socket.destroy();
    }, this.#loginMs);
    return () => clearTimeout(timer);
  }

  async close(): Promise<void> {
    if (this.#hasLeft) return;
    if (this.#first) await this.#client.end({ timeout: 1 }).catch(() => {});
    this.#socket.destroy();
  }

  async #hasWantedKind(wanted: string | undefined): Promise<boolean> {
    if (!wanted || wanted === 'any') return true;
    const [state] = await this.rows<{ standby: boolean; read_only: boolean }>(
      `select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only`,
    );
    switch (wanted) {
      case 'read-write':
        return state?.read_only === false;
      case 'primary':
        return state?.standby === false;
      case 'read-only':
        return state?.read_only === true;
      case 'standby':
        return state?.standby === true;
      default:
        return true;
    }
  }
}

function connectionClosed(): Error {
  return Object.assign(new Error('The connection to the server was lost.'), { code: 'CONNECTION_CLOSED' });
}

function closedBeforeLogin(): Error {
  return Object.assign(new Error('It closed the connection before the login was done.'), {
    code: 'CLOSED_BEFORE_LOGIN',
  });
}

function isResult(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'command' in answer;
}

function clientOptions(
  target: ConnectionTarget,
  { host, port }: HostAddress,
): postgres.Options<Record<string, postgres.PostgresType>> {
  return {
    host,
    port,
    username: target.user,
    ...(target.password !== undefined && { password: target.password }),
    database: target.database,
    ssl: isSocketFolder(host) ? false : tlsOptions(target.ssl, host),
    // We watch over the login ourselves: postgres.js would keep the process alive for this long after we gave up.
    connect_timeout: 0,
    max: 1,
    // A session lives as long as its run; postgres.js would recycle it after half an hour.
    max_lifetime: null,
    idle_timeout: 0,
    keep_alive: 30,
    ...{ max_pipeline: 1000 },
    // Prepared statements break behind poolers in transaction mode; reading array types costs a round trip.
    prepare: false,
    fetch_types: false,
  };
}

function tlsOptions(
  ssl: TlsMode,
  host: string,
): postgres.Options<Record<string, postgres.PostgresType>>['ssl'] & (object | string | boolean) {
  if (typeof ssl !== 'object') return ssl;
  const { verifyHost, ...files } = ssl;
  return {
    ...files,
    rejectUnauthorized: true,
    // postgres.js gives Node no name when the host is an address, and Node would then compare with `localhost`.
    checkServerIdentity: (_: string, certificate: PeerCertificate) =>
      verifyHost ? checkServerIdentity(host, certificate) : undefined,
  };
}
