import type { Backfill } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { Session } from './session.js';

export interface KeyColumn {
  readonly name: string;
  /** As SQL writes it, such as `character varying(20)`. */
  readonly type: string;
  /** Its text depends on DateStyle, but for JSON. */
  readonly dated: boolean;
}

/** What the batches go along. */
export interface DrivingKey {
  /** In the order of the index. */
  readonly columns: readonly KeyColumn[];
  /** Rows of the table as its statistics say; 0 where they say nothing. */
  readonly estimated: number;
}

interface Found {
  readonly kind: string;
  readonly children: boolean;
  readonly estimated: number;
  readonly keys: readonly { readonly primary: boolean; readonly columns: readonly KeyColumn[] }[];
  readonly aggregates: readonly string[];
}

/**
 * Finds the key that a backfill goes along: the columns that its directive names, or the primary key. It must be unique, never null, and
 * have a B-tree index. Throws `backfill-key`.
 */
export async function findKey(session: Session, backfill: Backfill, where: string): Promise<DrivingKey> {
  const { schema, table } = backfill.table;
  const name = [schema, table].flatMap((part) => (part === undefined ? [] : [quoteIdent(part)])).join('.');
  const [row] = await session.rows<{ found: string }>(keysSql(name, backfill.functions));
  const unsuitable = (message: string, fix: string) =>
    new MigratorError('backfill-key', { message, where, state: 'Nothing of it was run.', fix });
  if (!row)
    throw unsuitable(
      `There is no table ${name} to go along.`,
      'Check whether an earlier migration was skipped: `migrator status`.',
    );
  const found = JSON.parse(row.found) as Found;
  if (found.aggregates.length > 0)
    throw unsuitable(
      `The SELECT aggregates (\`${found.aggregates.join('`, `')}\`), which would be worked out for each batch by itself.`,
      'Remove the directive `backfill`, or select row by row.',
    );
  if (found.children && !backfill.only)
    throw unsuitable(
      `Other tables inherit from ${name}, and no key is unique over all of them.`,
      'Write ONLY before the name of the table, and a backfill for each of the others.',
    );
  const wanted = backfill.key;
  const key = found.keys.find(({ primary, columns }) =>
    wanted ? columns.length === wanted.length && columns.every((column) => wanted.includes(column.name)) : primary,
  );
  if (!key)
    throw unsuitable(
      wanted
        ? `(${wanted.join(', ')}) is no key of ${name} that batches can go along: that takes a unique index of just these columns, which are NOT NULL, valid, not deferrable and without WHERE.`
        : `${found.kind === 'v' ? 'The view' : 'The table'} ${name} has no primary key that batches can go along.`,
      found.keys.length > 0
        ? `Write one of its keys into the directive: ${found.keys.map(({ columns }) => `\`-- migrator: backfill key=${columns.map((column) => column.name).join(',')}\``).join(' or ')}.`
        : 'Give the table a primary key by an earlier migration; or remove the directive: the statement then runs in one go.',
    );
  const set = key.columns.find((column) => backfill.sets.includes(column.name));
  if (set)
    throw unsuitable(
      `The statement changes \`${set.name}\`, a column of the key that its batches go along: a row could be changed twice, or never.`,
      'Take another unique key with `-- migrator: backfill key=…`, or remove the directive: the statement then runs in one go.',
    );
  return { columns: key.columns, estimated: Math.round(found.estimated) };
}

function keysSql(name: string, functions: readonly string[]): string {
  return `select json_build_object(
    'kind', c.relkind, 'children', c.relkind = 'r' and exists (select from pg_inherits where inhparent = c.oid),
    'estimated', (select coalesce(sum(greatest(l.reltuples, 0)), 0) from pg_class l
      where l.oid = c.oid or (c.relkind = 'p' and l.oid in (select relid from pg_partition_tree(c.oid) where isleaf))),
    'aggregates', (select coalesce(json_agg(distinct p.proname), '[]') from pg_proc p where p.prokind = 'a' and p.proname = any(${quoteLiteral(functions)})),
    'keys', (select coalesce(json_agg(json_build_object('primary', i.indisprimary, 'columns', k.columns) order by i.indisprimary desc, i.indnkeyatts, i.indexrelid), '[]')
      from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
      cross join lateral (
        select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'dated', t.typcategory = 'D') order by p.n) as columns,
          bool_and(a.attnotnull and o.opcdefault) as usable, count(*) as count
        from unnest(i.indkey::int2[], i.indclass::oid[]) with ordinality p(attnum, class, n)
          join pg_attribute a on a.attrelid = c.oid and a.attnum = p.attnum join pg_type t on t.oid = a.atttypid join pg_opclass o on o.oid = p.class
        where p.n <= i.indnkeyatts) k
      where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
        and m.amname = 'btree' and k.usable and k.count = i.indnkeyatts))::text as found
  from pg_class c where c.oid = to_regclass(${quoteLiteral(name)})`;
}
