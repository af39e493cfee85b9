import { sql } from 'drizzle-orm';
import { boolean, check, integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { createdAndUpdatedAt } from './columns.js';
import { usersTable } from './users.js';

export type Theme = 'light' | 'dark' | 'system';

/** How a user wants Melodia to behave: one row a user, made when they first change something. */
export const userPreferencesTable = pgTable(
  'user_preferences',
  {
    id: serial('id').primaryKey(),
    user_id: integer('user_id')
      .notNull()
      .unique()
      .references(() => usersTable.id, { onDelete: 'cascade' }),
    theme: text('theme').$type<Theme>().notNull().default('light'),
    notifications: boolean('notifications').notNull().default(true),
    ...createdAndUpdatedAt(),
  },
  (table) => [check('user_preferences_theme_known', sql`${table.theme} in ('light', 'dark', 'system')`)],
);

export type UserPreferences = typeof userPreferencesTable.$inferSelect;
export type NewUserPreferences = typeof userPreferencesTable.$inferInsert;
