import { sql } from 'drizzle-orm';
import { check, index, integer, pgEnum, pgTable, serial, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { createdAndUpdatedAt, moment } from './columns.js';
import { songRequestsTable } from './song-requests.js';
import { usersTable } from './users.js';

export const paymentStatusEnum = pgEnum('payment_status', ['pending', 'paid', 'failed', 'refunded']);

/** Money for a request. Payments are never lost: what they point at cannot be deleted. */
export const paymentsTable = pgTable(
  'payments',
  {
    id: serial('id').primaryKey(),
    user_id: integer('user_id').references(() => usersTable.id, { onDelete: 'restrict' }),
    song_request_id: integer('song_request_id')
      .notNull()
      .references(() => songRequestsTable.id, { onDelete: 'restrict' }),
    /** In the currency's smallest unit: 1999 is 19.99 EUR. */
    amount_minor: integer('amount_minor').notNull(),
    currency: text('currency').notNull().default('EUR'),
    status: paymentStatusEnum('status').notNull().default('pending'),
    provider: text('provider').notNull(),
    provider_payment_id: text('provider_payment_id'),
    paid_at: moment('paid_at'),
    ...createdAndUpdatedAt(),
  },
  (table) => [
    // A provider that reports the same payment twice must not make two of it.
    uniqueIndex('idx_payments_provider_payment_id')
      .on(table.provider, table.provider_payment_id)
      .where(sql`${table.provider_payment_id} is not null`),
    index('idx_payments_pending').on(table.created_at).where(sql`${table.status} = 'pending'`),
    index('idx_payments_user_id').on(table.user_id),
    index('idx_payments_song_request_id').on(table.song_request_id),
    check('payments_amount_positive', sql`${table.amount_minor} > 0`),
    check('payments_currency_iso', sql`${table.currency} ~ '^[A-Z]{3}$'`),
    check('payments_paid_has_time', sql`${table.status} not in ('paid', 'refunded') or ${table.paid_at} is not null`),
  ],
);

export type Payment = typeof paymentsTable.$inferSelect;
export type NewPayment = typeof paymentsTable.$inferInsert;
export type PaymentStatus = Payment['status'];
