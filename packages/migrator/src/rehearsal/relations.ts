import type { Session } from '../database/session.js';
import type { RelationKind } from './types.js';

/** A relation as the server has it; partial knowledge of one that a statement has dropped is taken from before. */
export interface Relation {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /** Number of its file on disk; null for what has none. A new number is a new file. */
  readonly file: string | null;
  /** oid of the table of an index. */
  readonly table: string | null;
  /** oid of the table it is a partition or a child of. */
  readonly parent: string | null;
  /** False for an index that a build left behind; true for what is no index. */
  readonly valid: boolean;
}

export type Relations = ReadonlyMap<string, Relation>;

interface RelationRow extends Omit<Relation, 'kind'> {
  readonly kind: string;
  readonly [column: string]: unknown;
}

/** Columns of a relation, for the aliases `c` of pg_class and `n` of pg_namespace. An index of a partitioned table may rightly be invalid. */
export const RELATION_COLUMNS = `c.oid::text as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind,
  pg_catalog.pg_relation_filenode(c.oid)::text as file,
  (select i.indrelid::text from pg_catalog.pg_index i where i.indexrelid = c.oid) as table,
  (select h.inhparent::text from pg_catalog.pg_inherits h where h.inhrelid = c.oid order by h.inhseqno limit 1) as parent,
  c.relkind <> 'i' or not exists (select from pg_catalog.pg_index i where i.indexrelid = c.oid and not i.indisvalid) as valid`;

/** Those of users: not the system's, and not the overflow of large values. */
export const IS_USERS = `c.oid >= 16384 and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`;

export async function readRelations(session: Session): Promise<Relations> {
  const rows = await session.rows<RelationRow>(
    `select ${RELATION_COLUMNS} from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where ${IS_USERS}`,
  );
  return new Map(rows.map((row) => [row.oid, toRelation(row)]));
}

export function toRelation(row: RelationRow): Relation {
  const { oid, schema, name, file, table, parent, valid } = row;
  return { oid, schema, name, kind: KINDS[row.kind] ?? 'type', file, table, parent, valid };
}

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned table',
  f: 'foreign table',
  i: 'index',
  I: 'index',
  S: 'sequence',
  v: 'view',
  m: 'materialized view',
};
