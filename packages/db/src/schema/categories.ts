import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, serial, text } from 'drizzle-orm/pg-core';
import { createdAt } from './columns.js';
import { songsTable } from './songs.js';

export const categoriesTable = pgTable(
  'categories',
  {
    id: serial('id').primaryKey(),
    slug: text('slug').notNull().unique(),
    name: text('name').notNull(),
    /** Order in menus, lowest first. */
    position: integer('position').notNull().default(0),
    /** Published songs, counted by the worker now and then (`refresh-counters`). */
    song_count: integer('song_count').notNull().default(0),
    ...createdAt(),
  },
  (table) => [check('categories_slug_format', sql`${table.slug} ~ '^[a-z0-9]+(-[a-z0-9]+)*$'`)],
);

export const songCategoriesTable = pgTable(
  'song_categories',
  {
    song_id: integer('song_id')
      .notNull()
      .references(() => songsTable.id, { onDelete: 'cascade' }),
    category_id: integer('category_id')
      .notNull()
      .references(() => categoriesTable.id, { onDelete: 'cascade' }),
  },
  (table) => [
    primaryKey({ columns: [table.song_id, table.category_id] }),
    index('idx_song_categories_category_id').on(table.category_id),
  ],
);

export type Category = typeof categoriesTable.$inferSelect;
export type NewCategory = typeof categoriesTable.$inferInsert;
export type SongCategory = typeof songCategoriesTable.$inferSelect;
export type NewSongCategory = typeof songCategoriesTable.$inferInsert;
