import { abortError, isAnswerToCancel, throwIfAborted } from '../database/abort.js';
import { sqlstate } from '../database/history.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { type DatabaseHost, OpenDatabase } from './database.js';
import { FEW, type KeptState, keysOf, readKeptState } from './kept.js';
import { makeScratchName, withDatabase } from './names.js';
import { openPlace, openSession, type Place } from './place.js';
import type { Scratch, ScratchDatabase, ScratchMigration, ScratchOptions } from './types.js';

/**
 * Gives `use` a place for throw-away databases, and leaves nothing of them, however `use` ends. Throws `permission-denied`
 * where the role of a given URL may not create databases, the errors of a connection that fails, and the signal's reason.
 */
export async function withScratch<T>(options: ScratchOptions, use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const { signal } = options;
  throwIfAborted(signal);
  const place = await openPlace(options);
  const databases = new Databases(place, { signal, keeps: options.history !== undefined });
  const stop = watchSignal(signal, () => databases.cancel());
  const cleanUp = async () => {
    stop();
    await databases.dropAll().finally(() => place.close());
  };
  let result: T;
  try {
    throwIfAborted(signal);
    result = await use(databases);
  } catch (error) {
    // What went wrong first is what matters.
    await cleanUp().catch(() => {});
    throw signal?.aborted && isAnswerToCancel(error) ? abortError(signal) : error;
  }
  await cleanUp();
  return result;
}

/** Cancels again and again: a request that arrives between two statements hits nothing. */
function watchSignal(signal: AbortSignal | undefined, cancel: () => void): () => void {
  if (!signal) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    cancel();
    timer ??= setInterval(cancel, 200);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
  };
}

/** The databases of one scratch. */
class Databases implements Scratch, DatabaseHost {
  readonly mark = makeScratchName();
  #place: Place;
  #signal: AbortSignal | undefined;
  #keeps: boolean;
  #open = new Set<OpenDatabase>();
  /** Also those whose creation or drop has failed on the way. */
  #names = new Set<string>();
  #roles = new Set<string>();

  constructor(place: Place, { signal, keeps }: { readonly signal: AbortSignal | undefined; readonly keeps: boolean }) {
    this.#place = place;
    this.#signal = signal;
    this.#keeps = keeps;
  }

  get serverVersion(): number {
    return this.#place.serverVersion;
  }

  get ownServer(): boolean {
    return this.#place.ownServer;
  }

  async create({
    from,
    clauses = '',
  }: {
    readonly from?: ScratchDatabase;
    readonly clauses?: string;
  } = {}): Promise<ScratchDatabase> {
    this.throwIfStopped();
    const source = from && this.#own(from);
    const name = makeScratchName();
    this.#names.add(name);
    if (source) await source.session.close();
    try {
      await this.#create(name, source?.name ?? 'template0', clauses);
      if (source) source.session = await this.connect(source.name);
      const url = withDatabase(this.#place.url, name);
      const database = new OpenDatabase({ url, name, session: await this.connect(name) }, this, source?.roles ?? []);
      this.#open.add(database);
      return database;
    } catch (error) {
      this.throwIfStopped();
      throw sqlstate(error) === '42501' ? this.#mayNotCreate(error) : error;
    }
  }

  async createBehind(history: readonly ScratchMigration[]): Promise<ScratchDatabase> {
    const keys = keysOf(history);
    const kept = await this.#openKept(keys);
    const database = kept?.database ?? (await this.create());
    const done = kept?.count ?? 0;
    await database.replay(history.slice(done));
    const key = keys.at(-1);
    if (this.#keeps && key !== undefined && history.length - done >= FEW) {
      const { admin, temporary } = this.#place;
      const facts: KeptState = { name: database.name, roles: database.roles };
      await temporary?.keep(key, facts, (text) => admin.rows(text));
    }
    return database;
  }

  /** What the server was started with, and how many migrations have run in it. */
  async #openKept(
    keys: readonly string[],
  ): Promise<{ readonly database: ScratchDatabase; readonly count: number } | undefined> {
    const { kept } = this.#place.temporary ?? {};
    const state = readKeptState(kept?.facts);
    const count = keys.indexOf(kept?.key ?? '');
    if (!state || count === -1) return undefined;
    const { name, roles } = state;
    const session = await this.connect(name);
    const database = new OpenDatabase({ url: withDatabase(this.#place.url, name), name, session }, this, roles);
    this.#open.add(database);
    return { database, count };
  }

  isRoleOfOthers(role: string, database: OpenDatabase): boolean {
    return [...this.#open].some((other) => other !== database && other.roles.includes(role));
  }

  onRole(role: string): void {
    this.#roles.add(role);
  }

  throwIfStopped(): void {
    throwIfAborted(this.#signal);
  }

  cancel(): void {
    for (const session of [this.#place.admin, ...[...this.#open].map((database) => database.session)]) {
      void session.cancel();
    }
  }

  async drop(database: OpenDatabase): Promise<void> {
    this.#open.delete(database);
    database.session.leave();
    await this.#dropNamed(this.#place.admin, database.name);
  }

  /** A server of our own goes as a whole. Of somebody's, everything is tried before the first failure is told. */
  async dropAll(): Promise<void> {
    for (const { session } of this.#open) session.leave();
    if (this.#place.ownServer || (this.#names.size === 0 && this.#roles.size === 0)) return;
    const { admin } = this.#place;
    const fresh = admin.isClosed ? (await openSession(this.#place.target)).session : admin;
    const failures: unknown[] = [];
    for (const name of [...this.#names]) {
      await this.#dropNamed(fresh, name).catch((error: unknown) => failures.push(error));
    }
    await this.#dropRoles(fresh).catch((error: unknown) => failures.push(error));
    if (fresh !== admin) fresh.leave();
    if (failures.length > 0) throw failures[0];
  }

  async #create(name: string, template: string, clauses: string): Promise<void> {
    // Since 15 a copy goes through the write-ahead log, unless told not to: that is gentle, but slower than a checkpoint
    // on a server that never waits for the disk.
    const strategy = this.#place.ownServer && this.serverVersion >= 15 ? ' strategy file_copy' : '';
    const text = `create database ${quoteIdent(name)} template ${quoteIdent(template)}${strategy} ${clauses}`;
    await this.#place.admin.run(text);
  }

  async connect(name: string): Promise<Session> {
    return (await openSession({ ...this.#place.target, database: name }, this.serverVersion)).session;
  }

  async #dropNamed(admin: Session, name: string): Promise<void> {
    const text = `drop database if exists ${quoteIdent(name)} with (force)`;
    await admin.run(text).catch((error: unknown) => {
      // A request to cancel, sent when the signal was aborted, may arrive as late as this.
      if (sqlstate(error) !== '57014') throw error;
      return admin.run(text);
    });
    this.#names.delete(name);
  }

  /** Only those that bear our mark: a role that was there before is the owner's. */
  async #dropRoles(admin: Session): Promise<void> {
    if (this.#roles.size === 0) return;
    const made = await admin.rows<{ name: string }>(
      `select rolname as name from pg_roles where shobj_description(oid, 'pg_authid') = ${quoteLiteral(this.mark)}`,
    );
    for (const { name } of made) await admin.run(`drop role if exists ${quoteIdent(name)}`);
  }

  #own(database: ScratchDatabase): OpenDatabase {
    const own = [...this.#open].find((candidate) => candidate === database);
    if (!own) throw new Error(`The database ${database.name} is not of this scratch, or was dropped.`);
    return own;
  }

  #mayNotCreate(cause: unknown): MigratorError {
    return new MigratorError('permission-denied', {
      message: `The role may not create scratch databases: ${(cause as Error).message}.`,
      where: `${this.#place.target.user} on ${this.#place.target.hosts[0]?.host}`,
      state: 'Nothing was changed.',
      fix: `Let a superuser run \`alter role ${quoteIdent(this.#place.target.user)} createdb\`, or leave the URL of the scratch server out: then a temporary one is used.`,
      cause,
    });
  }
}
