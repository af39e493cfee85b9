import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import { createTrackingSql, LOG_TABLE, type TrackingNames } from './tracking.js';

/** What moves from a tracking table that two projects share to one of its own. */
export interface Parting {
  readonly from: TrackingNames;
  readonly to: TrackingNames;
  /** Ids of rows of `from`. */
  readonly rows: readonly number[];
  /** Tags and times of this project's migrations, also of those that have no row: what the log says of them moves along. */
  readonly migrations: readonly { readonly tag: string; readonly when: number }[];
  /** Both tables have, or will have, the columns of drizzle 1.0. */
  readonly namesRows: boolean;
  readonly missing: { readonly schema: boolean; readonly table: boolean; readonly log: boolean };
  /** The shared table has a log beside it. */
  readonly hasLog: boolean;
}

/** Columns of the log but its own id and the table's name. */
const LOG_COLUMNS = [
  'run_id',
  'tag',
  'hash',
  'created_at',
  'direction',
  'status',
  'statements_done',
  'statements_total',
  'started_at',
  'finished_at',
  'database_user',
  'os_user',
  'host',
  'tool',
  'git_commit',
  'backend_pid',
  'up_sql',
  'down_sql',
  'error',
  'statement_hashes',
  'detail',
];

/** The statements of one transaction. In the order of their ids, so that the order of application is kept. */
export function partTrackingSql(parting: Parting): string[] {
  const { from, to, rows, namesRows, missing, hasLog } = parting;
  const columns = ['hash', 'created_at', ...(namesRows ? ['name', 'applied_at'] : [])].map(quoteIdent).join(', ');
  const [source, target] = [quoteName(from.schema, from.table), quoteName(to.schema, to.table)];
  const ids = rows.join(', ');
  return [
    ...createTrackingSql(to, { ...missing, backfills: false, namesRows }),
    // Log first: it is found by the rows.
    ...(hasLog ? logSql(parting, `select hash, created_at from ${source} where id in (${ids})`) : []),
    `insert into ${target} (${columns}) select ${columns} from ${source} where id in (${ids}) order by id`,
    `delete from ${source} where id in (${ids})`,
  ];
}

function logSql({ from, to, migrations }: Parting, rows: string): string[] {
  const [source, target] = [quoteName(from.schema, LOG_TABLE), quoteName(to.schema, LOG_TABLE)];
  const known = migrations.map(({ tag, when }) => `(${quoteLiteral(tag)}, ${when}::bigint)`).join(', ');
  const ours = `tracking_table = ${quoteLiteral(from.table)} and ((hash, created_at) in (${rows}) or (tag, created_at) in (${known}))`;
  if (from.schema === to.schema)
    return [`update ${source} set tracking_table = ${quoteLiteral(to.table)} where ${ours}`];
  const columns = LOG_COLUMNS.map(quoteIdent).join(', ');
  return [
    `insert into ${target} (tracking_table, ${columns}) select ${quoteLiteral(to.table)}, ${columns} from ${source} where ${ours} order by id`,
    `delete from ${source} where ${ours}`,
  ];
}
