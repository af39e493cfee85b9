import type { Session } from '../database/session.js';
import { IS_USERS, RELATION_COLUMNS, type Relation, toRelation } from './relations.js';

/** Locks of a session at one moment, and what it has done in its transaction to what it has locked. */
export interface Picture {
  /** `oid mode`, also of relations that are gone. */
  readonly locks: ReadonlySet<string>;
  /** Locked relations, as the session sees them now. */
  readonly relations: readonly Relation[];
  /** Rows read by sequential scans, by oid. */
  readonly reads: ReadonlyMap<string, number>;
}

export const EMPTY_PICTURE: Picture = { locks: new Set(), relations: [], reads: new Map() };

/** What a session sees of itself: also what it has not committed. Takes locks on system catalogs only. */
export async function takePicture(session: Session): Promise<Picture> {
  const rows = await session.rows<PictureRow>(
    `select l.relation::text as locked, l.modes, ${RELATION_COLUMNS},
       case when c.relkind in ('r', 'm') then pg_catalog.pg_stat_get_xact_tuples_returned(c.oid)::text end as read
     from (${locksOf('pg_catalog.pg_backend_pid()')}) l
       left join (pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace) on c.oid = l.relation
     where c.oid is null or (${IS_USERS})`,
  );
  const known = rows.filter(({ oid }) => oid !== null);
  return {
    locks: new Set(rows.flatMap(({ locked, modes }) => modes.split(',').map((mode) => `${locked} ${mode}`))),
    relations: known.map(toRelation),
    reads: new Map(
      known.flatMap(({ locked, read }) => (read === null || read === '0' ? [] : [[locked, Number(read)]])),
    ),
  };
}

/** What another session holds or waits for: `oid mode`. */
export async function locksOfOther(session: Session, pid: number): Promise<ReadonlySet<string>> {
  const rows = await session.rows<{ readonly relation: string; readonly modes: string }>(
    `select l.relation::text as relation, l.modes from (${locksOf(String(pid))}) l`,
  );
  return new Set(rows.flatMap(({ relation, modes }) => modes.split(',').map((mode) => `${relation} ${mode}`)));
}

interface PictureRow extends Omit<Relation, 'kind'> {
  readonly kind: string;
  readonly locked: string;
  readonly modes: string;
  readonly read: string | null;
  readonly [column: string]: unknown;
}

/** The whole function is a scan of shared memory: its cost is that of the locks that are held, not of the schema. */
function locksOf(pid: string): string {
  return `select relation, string_agg(distinct mode, ',') as modes from pg_catalog.pg_locks
    where pid = ${pid} and locktype = 'relation' and relation >= 16384
      and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
    group by relation`;
}
