// The only file that connects. Nothing connects before the first query.

import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { type AppIdentity, applicationName } from './app-name.js';
import * as schema from './schema/index.js';

/** Typed access to Melodia's tables. */
export type Database = PostgresJsDatabase<typeof schema> & { $client: Sql };

/** What both a `Database` and the transaction inside `db.transaction(…)` are: take this in functions that run queries. */
export type DatabaseOrTransaction = PgDatabase<
  PostgresJsQueryResultHKT,
  typeof schema,
  ExtractTablesWithRelations<typeof schema>
>;

export interface ClientOptions {
  /** Default: `DATABASE_URL` from the environment, else what `PGHOST`, `PGDATABASE` and their like say. */
  url?: string | undefined;
  /** Connections at most, opened as needed. Default 10. */
  max?: number;
  /** Who connects. `pg_stat_activity` then says app, package version and schema tag (see `applicationName`). */
  app?: AppIdentity;
  /** Shown in `pg_stat_activity` instead. Default, without `app`: `melodia`. */
  applicationName?: string;
  /** Seconds after which an unused connection is closed. Default: never. */
  idleTimeout?: number;
  /** Seconds to wait for a connection. Default 10. */
  connectTimeout?: number;
}

export interface Client extends AsyncDisposable {
  db: Database;
  /** postgres.js itself, for LISTEN, COPY and SQL that Drizzle cannot say. */
  sql: Sql;
  /** Lets running queries finish (5 seconds at most), then closes every connection. */
  close(): Promise<void>;
}

/**
 * ```ts
 * const { db, close } = createClient({ applicationName: 'web' });
 * const songs = await db.select().from(songsTable);
 * await close();
 * ```
 */
export function createClient(options: ClientOptions = {}): Client {
  const sql = postgres(databaseUrl(options.url), {
    max: options.max ?? 10,
    idle_timeout: options.idleTimeout,
    connect_timeout: options.connectTimeout ?? 10,
    connection: { application_name: nameOf(options) },
    // postgres.js 3.4.9 loses prepared queries when their table gains a column while two or more of them wait on one
    // connection: their promises never settle, and the connection may stay dead (test/db/client.test.ts shows it).
    // `max_pipeline: 1` does not help. Without named prepared statements there is no cached plan to go stale, and a
    // transaction pooler is fine too. Drizzle's queries never were prepared by postgres.js, so they lose nothing.
    prepare: false,
    // The default prints every NOTICE on stdout.
    onnotice: () => {},
  });
  const close = () => sql.end({ timeout: 5 });
  return { db: drizzle(sql, { schema }), sql, close, [Symbol.asyncDispose]: close };
}

function nameOf({ applicationName: given, app }: ClientOptions): string {
  return given ?? (app ? applicationName(app) : 'melodia');
}

function databaseUrl(given: string | undefined): string {
  const url = given || process.env.DATABASE_URL;
  if (url) return url;
  // With an empty URL postgres.js reads PG* itself; without those it would quietly try localhost:5432.
  if (process.env.PGHOST || process.env.PGDATABASE) return '';
  throw new Error('No database to connect to: pass `url` to createClient(), or set DATABASE_URL.');
}
