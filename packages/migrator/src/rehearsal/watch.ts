import type { Segment } from '../core/types.js';
import type { Session } from '../database/session.js';
import type { ScratchDatabase, StatementWatch } from '../scratch/index.js';
import { quoteLiteral } from '../sql/quote.js';
import type { SyntaxStatement } from '../sql/split.js';
import { type Changes, changesBetween, type Known, locksBeyond, noteRelations } from './changes.js';
import { type Gate, Gatekeepers, pidOf } from './gatekeepers.js';
import { namedRelations } from './named-relations.js';
import { EMPTY_PICTURE, type Picture, takePicture } from './picture.js';
import { readRelations } from './relations.js';
import { runSampled } from './sampled.js';
import { readScans } from './scans.js';
import type { RehearsedStatement } from './types.js';

export type UnheldStatement = Omit<RehearsedStatement, 'heldMs'>;

/** What the planner has a choice in. DDL reads what it must. */
const USES_INDEXES: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

const NOTHING: Changes = { locks: [], rewrites: [], reads: [] };

/** Measures each statement of a migration as it runs. */
export class Watch implements StatementWatch {
  readonly statements: UnheldStatement[] = [];
  #database: ScratchDatabase;
  #session: Session;
  #version: number;
  /** Most migrations need none. */
  #gatekeepers: Gatekeepers | undefined;
  #transaction = -1;
  #known: Known = { original: new Map(), latest: new Map() };
  #before: Picture = EMPTY_PICTURE;
  #invalid = new Set<string>();

  constructor(database: ScratchDatabase, version: number) {
    this.#database = database;
    this.#session = database.session;
    this.#version = version;
  }

  /** The sessions that it has opened itself. */
  async close(): Promise<void> {
    await this.#gatekeepers?.close();
  }

  async onSegment(): Promise<void> {
    const relations = await readRelations(this.#session);
    if (this.#transaction === -1) {
      this.#known = { original: relations, latest: new Map(relations) };
      for (const { oid, valid } of relations.values()) if (!valid) this.#invalid.add(oid);
    } else noteRelations(relations.values(), this.#known);
    this.#transaction += 1;
    this.#before = EMPTY_PICTURE;
    await this.#flushScans();
  }

  async around(statement: SyntaxStatement, { mode, to }: Segment, run: () => Promise<void>): Promise<void> {
    let durationMs = 0;
    const timed = async () => {
      const started = performance.now();
      await run();
      durationMs = performance.now() - started;
    };
    const isAlone = mode === 'autocommit';
    const changes = isAlone ? await this.#sample(statement, timed) : await this.#measure(statement, timed);
    const { index, line, kind, text } = statement;
    this.statements.push({
      ...{ index, line, kind, text, mode, transaction: this.#transaction, durationMs },
      ...changes,
      invalidIndexes: index === to - 1 ? await this.#newInvalidIndexes() : [],
      measured: isAlone ? 'sampled' : 'exact',
    });
  }

  async #measure({ kind }: SyntaxStatement, run: () => Promise<void>): Promise<Changes> {
    if (USES_INDEXES.has(kind)) await this.#withoutNeedlessScans(run);
    else await run();
    // Locks nothing; and SET TRANSACTION is refused behind a query, so that there must be none between two of them.
    if (kind === 'VariableSetStmt' || kind === 'TransactionStmt') return NOTHING;
    const after = await takePicture(this.#session);
    const changes = changesBetween(this.#before, after, this.#known);
    this.#before = after;
    return changes;
  }

  /** In a table of a few rows the planner reads all of them, where in production it would use an index. */
  async #withoutNeedlessScans(run: () => Promise<void>): Promise<void> {
    const set = (value: string) => `select pg_catalog.set_config('enable_seqscan', ${quoteLiteral(value)}, true)`;
    const [row] = await this.#session.rows<{ readonly before: string }>(
      `select pg_catalog.current_setting('enable_seqscan') as before`,
    );
    await this.#session.run(set('off'));
    await run();
    await this.#session.run(set(row?.before ?? 'on'));
  }

  async #sample(statement: SyntaxStatement, run: () => Promise<void>): Promise<Changes> {
    this.#gatekeepers ??= await Gatekeepers.open(this.#database);
    const { monitor } = this.#gatekeepers;
    const pid = await pidOf(this.#session);
    const tables = await this.#tablesOf(statement);
    const scansBefore = await readScans(monitor, this.#version);
    const seen = await runSampled(this.#gatekeepers, { pid, tables, run });
    const rewrites = noteRelations((await readRelations(this.#session)).values(), this.#known);
    await this.#flushScans();
    const scans = await readScans(monitor, this.#version);
    const [before, after] = [scansBefore, scans].map((reads) => ({ ...EMPTY_PICTURE, reads })) as [Picture, Picture];
    const { reads } = changesBetween(before, after, this.#known);
    return { locks: locksBeyond(new Set(), seen, this.#known), rewrites, reads };
  }

  async #tablesOf(statement: SyntaxStatement): Promise<readonly Gate[]> {
    const names = namedRelations(statement);
    if (names.length === 0) return [];
    const rows = await this.#session.rows<Gate & { readonly [column: string]: unknown }>(
      `select distinct n.nspname as schema, c.relname as name
       from unnest(${quoteLiteral(names)}) as named(name)
         join pg_catalog.pg_class named_class on named_class.oid = pg_catalog.to_regclass(named.name)
         left join pg_catalog.pg_index i on i.indexrelid = named_class.oid
         join pg_catalog.pg_class c on c.oid = coalesce(i.indrelid, named_class.oid)
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p')`,
    );
    return rows;
  }

  /** What this session has counted so far is nothing that the next statement has done. */
  async #flushScans(): Promise<void> {
    if (this.#version >= 15) await this.#session.run('select pg_catalog.pg_stat_force_next_flush()');
  }

  async #newInvalidIndexes(): Promise<readonly string[]> {
    const rows = await this.#session.rows<{ readonly oid: string; readonly name: string }>(
      `select c.oid::text as oid, n.nspname || '.' || c.relname as name
       from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where not i.indisvalid and c.relkind = 'i' and c.oid >= 16384 order by 2`,
    );
    const found = rows.filter(({ oid }) => !this.#invalid.has(oid));
    for (const { oid } of found) this.#invalid.add(oid);
    return found.map(({ name }) => name);
  }
}
