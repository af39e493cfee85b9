import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { moment } from './columns.js';

/**
 * Processes of the applications that run now, and the schema that they know: one row each, renewed every few seconds.
 * Behind a pooler, pg_stat_activity does not tell who is there.
 */
export const appInstancesTable = pgTable(
  'app_instances',
  {
    /** Random, made at the start of the process. */
    id: text('id').primaryKey(),
    /** `web`, `worker`. */
    app: text('app').notNull(),
    app_version: text('app_version').notNull(),
    /** Version of `@melodia/db`. */
    package_version: text('package_version').notNull(),
    /** The newest migration that the package knows. */
    schema_tag: text('schema_tag').notNull(),
    host: text('host').notNull(),
    started_at: moment('started_at').notNull().defaultNow(),
    seen_at: moment('seen_at').notNull().defaultNow(),
  },
  (table) => [index('idx_app_instances_seen_at').on(table.seen_at)],
);

export type AppInstance = typeof appInstancesTable.$inferSelect;
export type NewAppInstance = typeof appInstancesTable.$inferInsert;
