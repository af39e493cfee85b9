import {
  and,
  arrayContains,
  asc,
  categoriesTable,
  count,
  type Database,
  desc,
  eq,
  ilike,
  isNull,
  or,
  type SongVariant,
  selectedVariant,
  songsTable,
  songTitle,
  sql,
  type TimedLyricsLine,
} from '@melodia/db';
import { songVariantSchema, timedLyricsLinesSchema, validate } from '@melodia/db/validation';

export interface ListedSong {
  readonly slug: string;
  readonly title: string;
  readonly style: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly categories: readonly string[];
  readonly plays: number;
}

export interface LibraryQuery {
  readonly search: string;
  readonly category: string | undefined;
  /** From 1 on. */
  readonly page: number;
}

export interface LibraryPage {
  readonly songs: readonly ListedSong[];
  readonly total: number;
  readonly pages: number;
}

const PAGE_SIZE = 12;
const isPublished = and(eq(songsTable.status, 'published'), isNull(songsTable.deleted_at));

/** Published songs, the newest first: by words of title, style and tags, and by category. */
export async function listSongs(db: Database, { search, category, page }: LibraryQuery): Promise<LibraryPage> {
  const style = sql`${songsTable.song_variants} -> ${songsTable.selected_variant} ->> 'music_style'`;
  const words = search.split(/\s+/).filter(Boolean).slice(0, 8);
  const where = and(
    isPublished,
    category === undefined ? undefined : arrayContains(songsTable.categories, [category]),
    ...words.map((word) => {
      const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
      return or(
        ilike(songTitle, pattern),
        sql`${style} ilike ${pattern}`,
        sql`array_to_string(${songsTable.tags}, ' ') ilike ${pattern}`,
      );
    }),
  );
  const total = (await db.select({ n: count() }).from(songsTable).where(where))[0]?.n ?? 0;
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const rows = await db
    .select({
      slug: songsTable.slug,
      categories: songsTable.categories,
      plays: songsTable.play_count,
      song_variants: songsTable.song_variants,
      selected_variant: songsTable.selected_variant,
    })
    .from(songsTable)
    .where(where)
    .orderBy(desc(songsTable.created_at), desc(songsTable.id))
    .limit(PAGE_SIZE)
    .offset((Math.min(page, pages) - 1) * PAGE_SIZE);
  const songs = rows.map(({ slug, categories, plays, ...song }) => {
    const { title = slug, music_style, duration_seconds } = variantOf(selectedVariant(song)) ?? {};
    return { slug, title, style: music_style, durationSeconds: duration_seconds, categories, plays };
  });
  return { songs, total, pages };
}

export interface ListedCategory {
  readonly slug: string;
  readonly name: string;
  /** As the worker has counted them last. */
  readonly songs: number;
}

export async function listCategories(db: Database): Promise<readonly ListedCategory[]> {
  return db
    .select({ slug: categoriesTable.slug, name: categoriesTable.name, songs: categoriesTable.song_count })
    .from(categoriesTable)
    .orderBy(asc(categoriesTable.position), asc(categoriesTable.name));
}

export interface Recording {
  readonly key: string;
  readonly title: string;
  readonly style: string | undefined;
  readonly audioUrl: string;
  readonly durationSeconds: number | undefined;
  readonly lines: readonly TimedLyricsLine[];
  /** Shown while there are no timed lines. */
  readonly lyrics: string | undefined;
}

export interface SongPage {
  readonly slug: string;
  readonly title: string;
  readonly categories: readonly string[];
  readonly recordings: readonly Recording[];
  /** Key of the recording that is played when nobody chooses. */
  readonly selected: string;
}

/** A published song with its recordings; undefined if there is none. */
export async function findSong(db: Database, slug: string): Promise<SongPage | undefined> {
  const [song] = await db
    .select()
    .from(songsTable)
    .where(and(eq(songsTable.slug, slug), isPublished));
  if (!song) return undefined;
  const recordings = Object.entries(song.song_variants).flatMap(([key, value]) => {
    const variant = variantOf(value);
    const lines = validate(timedLyricsLinesSchema, song.variant_timestamp_lyrics_processed[key] ?? []);
    return variant === undefined
      ? []
      : {
          key,
          title: variant.title,
          style: variant.music_style,
          // Where no provider has made one, the site sings it itself.
          audioUrl: variant.audio_url ?? `/audio/${slug}/${key}.wav`,
          durationSeconds: variant.duration_seconds,
          lines: lines.ok ? lines.value : [],
          lyrics: variant.lyrics,
        };
  });
  const selected = recordings.find(({ key }) => key === song.selected_variant) ?? recordings[0];
  return {
    slug,
    title: selected?.title ?? slug,
    categories: song.categories,
    recordings,
    selected: selected?.key ?? '0',
  };
}

/** Undefined for what is no variant: one row that somebody has written past the validators must not take the library away. */
function variantOf(value: unknown): SongVariant | undefined {
  const variant = validate(songVariantSchema, value);
  return variant.ok ? variant.value : undefined;
}
