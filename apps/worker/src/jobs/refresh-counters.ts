import { categoriesTable, type Database, songCategoriesTable, songsTable, sql } from '@melodia/db';

/** Counts the published songs of every category again; only counts that changed are written. Returns how many did. */
export async function refreshCounters(db: Database): Promise<number> {
  const counted = sql`(select count(*) from ${songCategoriesTable} join ${songsTable} on ${songsTable.id} = ${songCategoriesTable.song_id}
    where ${songCategoriesTable.category_id} = ${categoriesTable.id} and ${songsTable.status} = 'published' and ${songsTable.deleted_at} is null)::int`;
  const changed = await db
    .update(categoriesTable)
    .set({ song_count: counted })
    .where(sql`${categoriesTable.song_count} <> ${counted}`)
    .returning({ id: categoriesTable.id });
  return changed.length;
}
