import { sql } from 'drizzle-orm';
import { index, integer, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { createdAndUpdatedAt } from './columns.js';
import { usersTable } from './users.js';

export const songRequestStatusEnum = pgEnum('song_request_status', [
  'pending',
  'writing',
  'composing',
  'completed',
  'cancelled',
  'failed',
]);

/** What somebody asks Melodia to sing about. Visitors without an account may ask too. */
export const songRequestsTable = pgTable(
  'song_requests',
  {
    id: serial('id').primaryKey(),
    user_id: integer('user_id').references(() => usersTable.id, { onDelete: 'set null' }),
    requester_name: text('requester_name').notNull(),
    recipient_name: text('recipient_name').notNull(),
    occasion: text('occasion'),
    story: text('story'),
    languages: text('languages').array().notNull().default(['English']),
    music_styles: text('music_styles').array().notNull().default([]),
    status: songRequestStatusEnum('status').notNull().default('pending'),
    ...createdAndUpdatedAt(),
  },
  (table) => [
    index('idx_song_requests_user_id').on(table.user_id),
    // The work queue reads the oldest open request first and never looks at the many finished ones.
    index('idx_song_requests_open')
      .on(table.created_at)
      .where(sql`${table.status} in ('pending', 'writing', 'composing')`),
  ],
);

export type SongRequest = typeof songRequestsTable.$inferSelect;
export type NewSongRequest = typeof songRequestsTable.$inferInsert;
export type SongRequestStatus = SongRequest['status'];
