import { and, arrayContains, type Database, desc, eq, isNull, selectedVariant, songsTable } from '@melodia/db';

export interface ListedSong {
  slug: string;
  title: string;
  style: string | undefined;
  durationSeconds: number | undefined;
  categories: string[];
  plays: number;
}

const pageSize = 50;

/** The newest published songs, of one category if given. */
export async function listSongs(db: Database, category?: string): Promise<ListedSong[]> {
  const songs = await db
    .select({
      slug: songsTable.slug,
      categories: songsTable.categories,
      plays: songsTable.play_count,
      song_variants: songsTable.song_variants,
      selected_variant: songsTable.selected_variant,
    })
    .from(songsTable)
    .where(
      and(
        eq(songsTable.status, 'published'),
        isNull(songsTable.deleted_at),
        category === undefined ? undefined : arrayContains(songsTable.categories, [category]),
      ),
    )
    .orderBy(desc(songsTable.created_at), desc(songsTable.id))
    .limit(pageSize);
  return songs.map(({ slug, categories, plays, ...song }) => {
    const variant = selectedVariant(song);
    const { title = slug, music_style: style, duration_seconds: durationSeconds } = variant ?? {};
    return { slug, title, style, durationSeconds, categories, plays };
  });
}
