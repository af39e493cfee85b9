import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.js';
import { songsTable } from './songs.js';

export const providerAnswerStatusEnum = pgEnum('provider_answer_status', ['received', 'processed', 'dead']);

/**
 * What the provider of timed lyrics sent for one variant, as it came. The worker turns it into lines, once; an answer that
 * cannot be used stays here as `dead`, with the reason.
 */
export const providerAnswersTable = pgTable(
  'provider_answers',
  {
    id: serial('id').primaryKey(),
    song_id: integer('song_id')
      .notNull()
      .references(() => songsTable.id, { onDelete: 'cascade' }),
    /** Key in the JSONB columns of the song. */
    variant_key: text('variant_key').notNull(),
    /** Chosen by the sender: the same key is the same answer, however often it arrives. */
    idempotency_key: text('idempotency_key').notNull().unique(),
    payload: jsonb('payload').notNull(),
    status: providerAnswerStatusEnum('status').notNull().default('received'),
    /** Why it is dead: a sentence for people. */
    reason: text('reason'),
    attempts: integer('attempts').notNull().default(0),
    received_at: moment('received_at').notNull().defaultNow(),
    processed_at: moment('processed_at'),
  },
  (table) => [
    index('idx_provider_answers_song_id').on(table.song_id),
    // What waits, and what somebody has to look at; the many that went well are in neither.
    index('idx_provider_answers_open').on(table.status, table.received_at).where(sql`${table.status} <> 'processed'`),
    check('provider_answers_dead_has_reason', sql`(${table.status} = 'dead') = (${table.reason} is not null)`),
    check('provider_answers_ended_has_time', sql`(${table.status} = 'received') = (${table.processed_at} is null)`),
    check('provider_answers_attempts_not_negative', sql`${table.attempts} >= 0`),
  ],
);

export type ProviderAnswer = typeof providerAnswersTable.$inferSelect;
export type NewProviderAnswer = typeof providerAnswersTable.$inferInsert;
export type ProviderAnswerStatus = ProviderAnswer['status'];
