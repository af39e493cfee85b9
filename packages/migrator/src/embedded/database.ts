import postgres from 'postgres';
import { serverUrl } from './running.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Creates the database unless it is there. */
export async function ensureDatabase(
  login: Login,
  port: number,
  database: string,
): Promise<{ oid: number; createdNow: boolean }> {
  const sql = postgres(serverUrl(login, port, 'postgres'), { max: 1, ssl: false, connect_timeout: 10, onnotice() {} });
  try {
    const existing = await readOid(sql, database);
    if (existing !== undefined) return { oid: existing, createdNow: false };
    // template0: nobody can be connected to it, so nothing can stand in the way.
    await sql.unsafe(`create database "${database.replaceAll('"', '""')}" template template0`);
    return { oid: (await readOid(sql, database)) ?? 0, createdNow: true };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function readOid(sql: postgres.Sql, database: string): Promise<number | undefined> {
  const [row] = await sql<{ oid: number }[]>`select oid::int4 as oid from pg_database where datname = ${database}`;
  return row?.oid;
}
