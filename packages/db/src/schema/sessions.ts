import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { createdAt, moment } from './columns.js';
import { usersTable } from './users.js';

/** Somebody who is signed in on one device. What the cookie holds is never stored, only its hash. */
export const sessionsTable = pgTable(
  'sessions',
  {
    id: serial('id').primaryKey(),
    user_id: integer('user_id')
      .notNull()
      .references(() => usersTable.id, { onDelete: 'cascade' }),
    /** SHA-256 of the cookie's token, in hex. */
    token_hash: text('token_hash').notNull().unique(),
    /** What the forms of this session carry, so that no other site can send them. */
    csrf_token: text('csrf_token').notNull(),
    last_seen_at: moment('last_seen_at').notNull().defaultNow(),
    expires_at: moment('expires_at').notNull(),
    ...createdAt(),
  },
  (table) => [
    index('idx_sessions_user_id').on(table.user_id),
    index('idx_sessions_expires_at').on(table.expires_at),
    check('sessions_token_hash_sha256', sql`${table.token_hash} ~ '^[0-9a-f]{64}$'`),
  ],
);

/** Who tried to sign in, from where: what limits guessing, over all processes. Old rows are purged. */
export const signInAttemptsTable = pgTable(
  'sign_in_attempts',
  {
    id: serial('id').primaryKey(),
    /** As it was typed, in lower case; there need be no such account. */
    email: text('email').notNull(),
    /** Network address of the client. */
    address: text('address').notNull(),
    succeeded: boolean('succeeded').notNull(),
    attempted_at: moment('attempted_at').notNull().defaultNow(),
  },
  (table) => [
    index('idx_sign_in_attempts_email').on(table.email, table.attempted_at),
    index('idx_sign_in_attempts_address').on(table.address, table.attempted_at),
    index('idx_sign_in_attempts_attempted_at').on(table.attempted_at),
  ],
);

export type Session = typeof sessionsTable.$inferSelect;
export type NewSession = typeof sessionsTable.$inferInsert;
export type SignInAttempt = typeof signInAttemptsTable.$inferSelect;
export type NewSignInAttempt = typeof signInAttemptsTable.$inferInsert;
