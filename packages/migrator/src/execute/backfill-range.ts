import type { Backfill } from '../core/types.js';
import type { KeyColumn } from '../database/backfill-key.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';

/** A key as text, by column; a row comparison with it uses the key's index. */
export type Key = readonly string[];

/** SQL of the ranges of a driving table. Pure. */
export class RangeSql {
  readonly #columns: readonly KeyColumn[];
  readonly #backfill: Backfill;

  constructor(backfill: Backfill, columns: readonly KeyColumn[]) {
    this.#backfill = backfill;
    this.#columns = columns;
  }

  /** Of a comparison of rows the planner reckons with the first column only, and might read the whole table for each batch. */
  get settings(): readonly string[] {
    return this.#columns.length > 1 ? ['set local enable_seqscan = off'] : [];
  }

  /** The statement, for the rows behind `after` up to and including `upTo`. */
  batch(after: Key | null, upTo: Key): string {
    const { before, after: rest, alias } = this.#backfill;
    return `${before}${this.#condition(alias, after, upTo)}${rest}`;
  }

  /** The same rows as a condition. */
  condition(after: Key | null, upTo: Key): string {
    return this.#condition(this.#backfill.alias, after, upTo);
  }

  /** The last key of the next `size` rows, as `key`, and how many these are, as `n`; no row behind the last of them. */
  page(after: Key | null, upTo: Key, size: number): string {
    const names = this.#columns.map(({ name }) => `d.${quoteIdent(name)}`).join(', ');
    return `with page as (select ${names} from ${this.#table} d where ${this.#condition('d', after, upTo)} order by ${names} limit ${size})
      select ${this.#text('d')} as key, (select count(*) from page) as n from page d order by ${this.#descending('d')} limit 1`;
  }

  /** The greatest key behind `after`, as `key`. */
  greatest(after: Key | null): string {
    return `select ${this.#text('d')} as key from ${this.#table} d ${after ? `where ${this.#compare('d', '>', after)} ` : ''}order by ${this.#descending('d')} limit 1`;
  }

  /** How many rows there are, as `n`, as far as it is worth counting. */
  count(most: number): string {
    return `select count(*) as n from (select from ${this.#table} limit ${most}) d`;
  }

  /** `id = 7`, for people. */
  describe(key: Key): string {
    return this.#columns.map(({ name }, at) => `${name} = ${key[at]}`).join(', ');
  }

  get #table(): string {
    const { table, only } = this.#backfill;
    const name = [table.schema, table.table]
      .flatMap((part) => (part === undefined ? [] : [quoteIdent(part)]))
      .join('.');
    return `${only ? 'only ' : ''}${name}`;
  }

  #condition(alias: string, after: Key | null, upTo: Key): string {
    const last = this.#compare(alias, '<=', upTo);
    return after ? `${this.#compare(alias, '>', after)} and ${last}` : last;
  }

  #compare(alias: string, operator: '>' | '<=', key: Key): string {
    const row = (parts: readonly string[]) => (parts.length === 1 ? parts[0] : `(${parts.join(', ')})`);
    const names = this.#columns.map(({ name }) => `${quoteIdent(alias)}.${quoteIdent(name)}`);
    const values = this.#columns.map(({ type }, at) => `${quoteLiteral(key[at] ?? null)}::${type}`);
    return `${row(names)} ${operator} ${row(values)}`;
  }

  #descending(alias: string): string {
    return this.#columns.map(({ name }) => `${alias}.${quoteIdent(name)} desc`).join(', ');
  }

  /** Times as JSON has them: their text depends on settings of the session, which the statement needs as they are. */
  #text(alias: string): string {
    const values = this.#columns.map(({ name, dated }) => {
      const column = `${alias}.${quoteIdent(name)}`;
      return dated ? `to_jsonb(${column}) #>> '{}'` : `${column}::text`;
    });
    return `to_json(array[${values.join(', ')}])`;
  }
}
