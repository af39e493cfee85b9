import { sql } from 'drizzle-orm';
import { check, pgEnum, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { createdAndUpdatedAt, moment } from './columns.js';

/** An `admin` sees what is behind the site, and sends what a provider would. */
export const userRoleEnum = pgEnum('user_role', ['user', 'admin']);

/**
 * Somebody with an account.
 * Addresses are stored in lower case (the check holds it), so that the plain unique constraint also stops
 * `Ada@example.com` beside `ada@example.com`, and a look-up by address uses its index.
 */
export const usersTable = pgTable(
  'users',
  {
    id: serial('id').primaryKey(),
    email: text('email').notNull().unique(),
    password_hash: text('password_hash').notNull(),
    name: text('name'),
    role: userRoleEnum('role').notNull().default('user'),
    last_login: moment('last_login'),
    ...createdAndUpdatedAt(),
  },
  (table) => [check('users_email_lowercase', sql`${table.email} = lower(${table.email})`)],
);

export type User = typeof usersTable.$inferSelect;
export type NewUser = typeof usersTable.$inferInsert;
export type UserRole = User['role'];
