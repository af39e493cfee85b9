import { relations } from 'drizzle-orm';
import { categoriesTable, songCategoriesTable } from './categories.js';
import { lyricsDraftsTable } from './lyrics-drafts.js';
import { paymentsTable } from './payments.js';
import { providerAnswersTable } from './provider-answers.js';
import { sessionsTable } from './sessions.js';
import { songRequestsTable } from './song-requests.js';
import { songsTable } from './songs.js';
import { userPreferencesTable } from './user-preferences.js';
import { usersTable } from './users.js';

export const usersRelations = relations(usersTable, ({ one, many }) => ({
  preferences: one(userPreferencesTable),
  songRequests: many(songRequestsTable),
  songs: many(songsTable),
  payments: many(paymentsTable),
  sessions: many(sessionsTable),
}));

export const userPreferencesRelations = relations(userPreferencesTable, ({ one }) => ({
  user: one(usersTable, { fields: [userPreferencesTable.user_id], references: [usersTable.id] }),
}));

export const songRequestsRelations = relations(songRequestsTable, ({ one, many }) => ({
  user: one(usersTable, { fields: [songRequestsTable.user_id], references: [usersTable.id] }),
  lyricsDrafts: many(lyricsDraftsTable),
  songs: many(songsTable),
  payments: many(paymentsTable),
}));

export const lyricsDraftsRelations = relations(lyricsDraftsTable, ({ one, many }) => ({
  songRequest: one(songRequestsTable, {
    fields: [lyricsDraftsTable.song_request_id],
    references: [songRequestsTable.id],
  }),
  songs: many(songsTable),
}));

export const songsRelations = relations(songsTable, ({ one, many }) => ({
  user: one(usersTable, { fields: [songsTable.user_id], references: [usersTable.id] }),
  songRequest: one(songRequestsTable, { fields: [songsTable.song_request_id], references: [songRequestsTable.id] }),
  lyricsDraft: one(lyricsDraftsTable, { fields: [songsTable.lyrics_draft_id], references: [lyricsDraftsTable.id] }),
  songCategories: many(songCategoriesTable),
  providerAnswers: many(providerAnswersTable),
}));

export const categoriesRelations = relations(categoriesTable, ({ many }) => ({
  songCategories: many(songCategoriesTable),
}));

export const songCategoriesRelations = relations(songCategoriesTable, ({ one }) => ({
  song: one(songsTable, { fields: [songCategoriesTable.song_id], references: [songsTable.id] }),
  category: one(categoriesTable, { fields: [songCategoriesTable.category_id], references: [categoriesTable.id] }),
}));

export const paymentsRelations = relations(paymentsTable, ({ one }) => ({
  user: one(usersTable, { fields: [paymentsTable.user_id], references: [usersTable.id] }),
  songRequest: one(songRequestsTable, { fields: [paymentsTable.song_request_id], references: [songRequestsTable.id] }),
}));

export const sessionsRelations = relations(sessionsTable, ({ one }) => ({
  user: one(usersTable, { fields: [sessionsTable.user_id], references: [usersTable.id] }),
}));

export const providerAnswersRelations = relations(providerAnswersTable, ({ one }) => ({
  song: one(songsTable, { fields: [providerAnswersTable.song_id], references: [songsTable.id] }),
}));
