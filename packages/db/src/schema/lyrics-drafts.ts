import { sql } from 'drizzle-orm';
import { check, integer, pgEnum, pgTable, serial, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAndUpdatedAt } from './columns.js';
import { songRequestsTable } from './song-requests.js';

export const lyricsDraftStatusEnum = pgEnum('lyrics_draft_status', ['draft', 'in_review', 'approved', 'rejected']);

/** Versions of the lyrics of one request: a change is a new row, and at most one version is approved. */
export const lyricsDraftsTable = pgTable(
  'lyrics_drafts',
  {
    id: serial('id').primaryKey(),
    song_request_id: integer('song_request_id')
      .notNull()
      .references(() => songRequestsTable.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    status: lyricsDraftStatusEnum('status').notNull().default('draft'),
    lyrics: text('lyrics').notNull(),
    /** What the requester wanted changed in the version before. */
    edit_request: text('edit_request'),
    ...createdAndUpdatedAt(),
  },
  (table) => [
    // Also the index of the foreign key: song_request_id comes first.
    uniqueIndex('idx_lyrics_drafts_request_version').on(table.song_request_id, table.version),
    uniqueIndex('idx_lyrics_drafts_one_approved').on(table.song_request_id).where(sql`${table.status} = 'approved'`),
    check('lyrics_drafts_version_positive', sql`${table.version} >= 1`),
  ],
);

export type LyricsDraft = typeof lyricsDraftsTable.$inferSelect;
export type NewLyricsDraft = typeof lyricsDraftsTable.$inferInsert;
export type LyricsDraftStatus = LyricsDraft['status'];
