import { count, type Database, isNull, type SongStatus, songsTable } from '@melodia/db';

export type SongCounts = Partial<Record<SongStatus, number>>;

/** How many songs there are of each status, deleted ones aside. */
export async function countSongs(db: Database): Promise<SongCounts> {
  const rows = await db
    .select({ status: songsTable.status, songs: count() })
    .from(songsTable)
    .where(isNull(songsTable.deleted_at))
    .groupBy(songsTable.status)
    .orderBy(songsTable.status);
  return Object.fromEntries(rows.map(({ status, songs }) => [status, songs]));
}
