import { type SQL, sql } from 'drizzle-orm';
import type { SongVariant } from './schema/json.js';
import { type Song, songsTable } from './schema/songs.js';

/** The title of the selected variant, or of the first one while none is selected, as a column of a query on `songsTable`. */
export const songTitle: SQL<string> = sql<string>`coalesce(
  ${songsTable.song_variants} -> ${songsTable.selected_variant} ->> 'title',
  ${songsTable.song_variants} -> '0' ->> 'title',
  ${songsTable.slug}
)`;

/** The variant that is played when nobody chooses. */
export function selectedVariant(song: Pick<Song, 'song_variants' | 'selected_variant'>): SongVariant | undefined {
  return song.selected_variant === null ? undefined : song.song_variants[song.selected_variant];
}
