import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { createdAndUpdatedAt, moment } from './columns.js';
import type { SongVariants, VariantTimestampLyricsApiResponse, VariantTimestampLyricsProcessed } from './json.js';
import { lyricsDraftsTable } from './lyrics-drafts.js';
import { songRequestsTable } from './song-requests.js';
import { usersTable } from './users.js';

export const songStatusEnum = pgEnum('song_status', ['draft', 'processing', 'ready', 'published', 'failed']);

/**
 * A song and its recordings.
 * A song outlives the request and the account it came from. Deleting sets `deleted_at`; the worker removes the row later.
 */
export const songsTable = pgTable(
  'songs',
  {
    id: serial('id').primaryKey(),
    song_request_id: integer('song_request_id').references(() => songRequestsTable.id, { onDelete: 'set null' }),
    user_id: integer('user_id').references(() => usersTable.id, { onDelete: 'set null' }),
    lyrics_draft_id: integer('lyrics_draft_id').references(() => lyricsDraftsTable.id, { onDelete: 'set null' }),
    slug: text('slug').notNull().unique(),
    status: songStatusEnum('status').notNull().default('draft'),
    /** Slugs of the song's categories, repeated from `song_categories` for lists; `setSongCategories` writes both. */
    categories: text('categories').array().notNull().default([]),
    tags: text('tags').array().notNull().default([]),
    song_variants: jsonb('song_variants').$type<SongVariants>().notNull().default({}),
    variant_timestamp_lyrics_api_response: jsonb('variant_timestamp_lyrics_api_response')
      .$type<VariantTimestampLyricsApiResponse>()
      .notNull()
      .default({}),
    variant_timestamp_lyrics_processed: jsonb('variant_timestamp_lyrics_processed')
      .$type<VariantTimestampLyricsProcessed>()
      .notNull()
      .default({}),
    /** Key of the variant that is played when nobody chooses; a published song has one. */
    selected_variant: text('selected_variant'),
    play_count: integer('play_count').notNull().default(0),
    like_count: integer('like_count').notNull().default(0),
    deleted_at: moment('deleted_at'),
    ...createdAndUpdatedAt(),
  },
  (table) => [
    index('idx_songs_song_variants').using('gin', table.song_variants),
    index('idx_songs_variant_timestamp_lyrics_api_response').using('gin', table.variant_timestamp_lyrics_api_response),
    index('idx_songs_variant_timestamp_lyrics_processed').using('gin', table.variant_timestamp_lyrics_processed),
    index('idx_songs_categories').using('gin', table.categories),
    index('idx_songs_tags').using('gin', table.tags),
    index('idx_songs_song_request_id').on(table.song_request_id),
    index('idx_songs_user_id').on(table.user_id),
    index('idx_songs_lyrics_draft_id').on(table.lyrics_draft_id),
    // The library's first page: `order by created_at desc, id desc`. Drizzle would write NULLS LAST, which that
    // order by cannot use.
    index('idx_songs_published')
      .on(table.created_at.desc().nullsFirst(), table.id.desc().nullsFirst())
      .where(sql`${table.status} = 'published' and ${table.deleted_at} is null`),
    index('idx_songs_deleted_at').on(table.deleted_at).where(sql`${table.deleted_at} is not null`),
    check('songs_slug_format', sql`${table.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$'`),
    check(
      'songs_json_are_objects',
      sql`jsonb_typeof(${table.song_variants}) = 'object' and jsonb_typeof(${table.variant_timestamp_lyrics_api_response}) = 'object' and jsonb_typeof(${table.variant_timestamp_lyrics_processed}) = 'object'`,
    ),
    check(
      'songs_selected_variant_exists',
      sql`${table.selected_variant} is null or jsonb_exists(${table.song_variants}, ${table.selected_variant})`,
    ),
    check('songs_published_has_variant', sql`${table.status} <> 'published' or ${table.selected_variant} is not null`),
    check('songs_counters_not_negative', sql`${table.play_count} >= 0 and ${table.like_count} >= 0`),
  ],
);

export type Song = typeof songsTable.$inferSelect;
export type NewSong = typeof songsTable.$inferInsert;
export type SongStatus = Song['status'];
