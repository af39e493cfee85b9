/** Forms of a change that let an application go on reading and writing. Each statement runs in a transaction of its own. */
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { checkSql, createIndex, defaultSql, foreignKeySql, list, relation } from './ddl.js';
import type { ItemOf, PrimaryKey } from './items.js';
import type { Operation } from './operations.js';
import type { Check, Column, ForeignKey, Index, Table, Unique } from './snapshot.js';

export function addIndexOnline(index: Index, table: Table): Operation[] {
  return [{ sql: createIndex(index, table, { concurrently: true }) }];
}

export function addUniqueOnline(unique: Unique & { readonly name: string }, table: Table): Operation[] {
  const distinct = unique.nullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
  return [
    {
      sql: `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIdent(unique.name)} ON ${relation(table)} (${list(unique.columns)})${distinct}`,
    },
    {
      sql: `ALTER TABLE ${relation(table)} ADD CONSTRAINT ${quoteIdent(unique.name)} UNIQUE USING INDEX ${quoteIdent(unique.name)}`,
    },
  ];
}

export function addPrimaryKeyOnline(key: PrimaryKey, table: Table): Operation[] {
  const name = quoteIdent(key.name);
  return [
    { sql: `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${relation(table)} (${list(key.columns)})` },
    { sql: `ALTER TABLE ${relation(table)} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}` },
  ];
}

export function addForeignKeyOnline(key: ForeignKey, table: Table): Operation[] {
  return [addUnvalidated(foreignKeySql(key), table), validate(key.name, table)];
}

export function addCheckOnline(check: Check, table: Table): Operation[] {
  return [addUnvalidated(checkSql(check), table), validate(check.name, table)];
}

/** Postgres takes a validated CHECK as proof, so that SET NOT NULL need not read the table under its lock. */
export function setNotNullOnline(column: string, table: Table): Operation[] {
  const name = `${table.name}_${column}_required`.slice(0, 60);
  return [
    {
      sql: `ALTER TABLE ${relation(table)} ADD CONSTRAINT ${quoteIdent(name)} CHECK (${quoteIdent(column)} IS NOT NULL) NOT VALID`,
    },
    validate(name, table),
    { sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${quoteIdent(column)} SET NOT NULL` },
    { sql: `ALTER TABLE ${relation(table)} DROP CONSTRAINT ${quoteIdent(name)}` },
  ];
}

/** Holds new rows to it, and does not read those that are there. */
export function addUnvalidated(constraint: string, table: Table): Operation {
  return { sql: `ALTER TABLE ${relation(table)} ADD ${constraint} NOT VALID` };
}

/** The way back of a validation, for which Postgres has no word: in one statement, so that no row slips in between. */
export function unvalidate(item: ItemOf<'check'> | ItemOf<'foreign-key'>, table: Table): Operation {
  const constraint = item.kind === 'check' ? checkSql(item.data) : foreignKeySql(item.data);
  return {
    sql: `ALTER TABLE ${relation(table)} DROP CONSTRAINT ${quoteIdent(item.name)}, ADD ${constraint} NOT VALID`,
  };
}

export function validate(name: string, table: Table): Operation {
  return { sql: `ALTER TABLE ${relation(table)} VALIDATE CONSTRAINT ${quoteIdent(name)}` };
}

/** Fills a new column in pieces of about 8 MB, each in a transaction of its own. Starting over goes on where it stopped. */
export function backfill(column: Column, table: Table): Operation {
  const name = quoteIdent(column.name);
  return {
    sql: `DO $backfill$
DECLARE
	page bigint := 0;
	last_page bigint := pg_relation_size(${quoteLiteral(relation(table)).trim()}) / current_setting('block_size')::bigint;
BEGIN
	WHILE page <= last_page LOOP
		UPDATE ${relation(table)} SET ${name} = ${defaultSql(column.default)}
			WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 1000)::tid AND ${name} IS NULL;
		COMMIT;
		page := page + 1000;
	END LOOP;
END $backfill$`,
  };
}
