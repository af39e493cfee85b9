import { sqlstate } from '../database/history.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type Fit, keyOf, nameOf } from './fit.js';
import type { SamplePlace } from './place.js';
import { readParts } from './read-parts.js';
import { refusedCopy, refusedRow } from './refused.js';
import type { DumpPart, SampleFile } from './types.js';

export interface LoadedSample {
  readonly tables: number;
  readonly rows: number;
}

type Insert = Extract<DumpPart, { kind: 'insert' }>;
type Copy = Extract<DumpPart, { kind: 'copy' }>;

/** INSERTs of so many bytes, or so many of them, go in one message. */
const MOST_BYTES = 256 * 1024;
const MOST_INSERTS = 500;

/**
 * Puts the rows of a dump into a scratch database whose tables it fits, in the place of those that its migrations have left
 * there. Triggers, rules and foreign keys are off meanwhile, as with `pg_restore --disable-triggers`. Throws
 * `sample-unreadable`, `sample-row-refused`, and `permission-denied` where the role may not switch triggers off.
 */
export async function loadSample(
  session: Session,
  fit: Fit,
  { file, place }: { readonly file: SampleFile; readonly place: SamplePlace },
): Promise<LoadedSample> {
  await switchTriggersOff(session);
  for (const table of fit.tables.values()) await session.run(`delete from ${table}`);
  const loader = new Loader(session, fit, { file, place });
  const parts = readParts(file);
  for (let next = await parts.next(); !next.done; ) next = await loader.take(next.value, parts);
  await loader.flush();
  const counts = [...fit.tables.values()].map((table) => `(select count(*) from ${table})`);
  const [row] = await session.rows<{ readonly rows: string }>(`select (${counts.join(' + ')})::text as rows`);
  // As autovacuum does in production: a plan for tables of no known size says nothing.
  await session.run('analyze; reset session_replication_role');
  return { tables: fit.tables.size, rows: Number(row?.rows ?? 0) };
}

async function switchTriggersOff(session: Session): Promise<void> {
  try {
    await session.run('set session_replication_role = replica');
  } catch (cause) {
    if (sqlstate(cause) !== '42501') throw cause;
    throw new MigratorError('permission-denied', {
      message:
        'The role of the scratch server may not switch triggers and foreign keys off, which loading a sample takes.',
      where: 'session_replication_role',
      state: 'No row was loaded; no other database was touched.',
      fix: 'Let a superuser run `grant set on parameter session_replication_role to <role>` (Postgres 15 or newer), name a superuser in `--scratch-url`, or leave `--scratch-url` out: then a temporary server is used.',
      cause,
    });
  }
}

class Loader {
  #session: Session;
  #fit: Fit;
  #context: { readonly file: SampleFile; readonly place: SamplePlace };
  #inserts: Insert[] = [];
  #bytes = 0;

  constructor(session: Session, fit: Fit, context: { readonly file: SampleFile; readonly place: SamplePlace }) {
    this.#session = session;
    this.#fit = fit;
    this.#context = context;
  }

  /** Takes a part, with the rows behind it; gives what comes next. */
  async take(part: DumpPart, parts: AsyncGenerator<DumpPart, void>): Promise<IteratorResult<DumpPart, void>> {
    if (part.kind !== 'insert') await this.flush();
    if (part.kind === 'copy' && this.#fit.tables.has(keyOf(part.table))) return await this.#copy(part, parts);
    if (part.kind === 'insert' && this.#fit.tables.has(keyOf(part.table))) await this.#insert(part);
    if (part.kind === 'setval' && this.#fit.sequences.has(keyOf(part.sequence))) await this.#session.run(part.text);
    return await parts.next();
  }

  async #copy(copy: Copy, parts: AsyncGenerator<DumpPart, void>): Promise<IteratorResult<DumpPart, void>> {
    let next: IteratorResult<DumpPart, void> = { done: true, value: undefined };
    async function* rows(): AsyncGenerator<Buffer> {
      for (next = await parts.next(); !next.done && next.value.kind === 'rows'; next = await parts.next())
        yield next.value.bytes;
    }
    try {
      await this.#session.copyIn(copy.text, rows());
    } catch (error) {
      throw refusedCopy(error, copy, this.#context);
    }
    return next;
  }

  async #insert(insert: Insert): Promise<void> {
    this.#inserts.push(insert);
    this.#bytes += insert.text.length;
    if (this.#bytes >= MOST_BYTES || this.#inserts.length >= MOST_INSERTS) await this.flush();
  }

  /** One message is one transaction: where it fails, its INSERTs go one by one, to see which. */
  async flush(): Promise<void> {
    const inserts = this.#inserts;
    this.#inserts = [];
    this.#bytes = 0;
    if (inserts.length === 0) return;
    try {
      await this.#session.run(inserts.map(({ text }) => text).join('\n'));
      return;
    } catch (error) {
      if (sqlstate(error) === '') throw error;
    }
    for (const insert of inserts) {
      await this.#session.run(insert.text).catch((error: unknown) => {
        throw refusedRow(error, { table: nameOf(insert.table), line: insert.line }, this.#context);
      });
    }
  }
}
