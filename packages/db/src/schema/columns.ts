import { timestamp } from 'drizzle-orm/pg-core';

/** A moment with its time zone: a plain `timestamp` would hold whatever zone the session happened to have. */
export const moment = (name: string) => timestamp(name, { withTimezone: true });

export const createdAt = () => ({ created_at: moment('created_at').notNull().defaultNow() });

/** `updated_at` is set by Drizzle on every update through these tables; SQL of your own has to set it itself. */
export const createdAndUpdatedAt = () => ({
  ...createdAt(),
  updated_at: moment('updated_at')
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date()),
});
