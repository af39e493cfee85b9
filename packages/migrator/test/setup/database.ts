import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject, onTestFinished } from 'vitest';

type Row = Record<string, unknown>;

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Runs SQL text on a connection of its own and gives the rows of its last statement. */
  query<T extends Row = Row>(text: string): Promise<T[]>;
  /** The same database for another login. */
  as(user: string, password: string): string;
}

/** An empty database, for one test; dropped when the test ends, whoever is still connected. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const server = inject('serverUrl');
  await query(server, `create database ${name} template template0 strategy file_copy`);
  onTestFinished(async () => {
    await query(server, `drop database if exists ${name} with (force)`);
  });
  const url = withPath(server, name);
  return {
    url,
    name,
    query: (text) => query(url, text),
    as: (user, password) => {
      const login = new URL(url);
      login.username = user;
      login.password = password;
      return login.href;
    },
  };
}

/** The test server, for what makes its own databases there. */
export function serverUrl(): string {
  return inject('serverUrl');
}

export interface TestRole {
  readonly name: string;
  readonly password: string;
}

/** A role that may log in and nothing else; dropped, with what it owns, when the test ends. */
export async function createRole({ name: database, query: run }: TestDatabase, options = ''): Promise<TestRole> {
  const name = `role_${randomBytes(6).toString('hex')}`;
  const password = `pw-${randomBytes(12).toString('hex')}`;
  await run(`create role ${name} login password '${password}' ${options}`);
  onTestFinished(async () => {
    await query(withPath(inject('serverUrl'), database), `drop owned by ${name}; drop role ${name}`);
  });
  return { name, password };
}

export async function query<T extends Row>(url: string, text: string): Promise<T[]> {
  const sql = postgres(url, { max: 1, onnotice() {}, fetch_types: false });
  try {
    const answer: unknown = await sql.unsafe(text).simple();
    const results = answer as T[] | T[][];
    return [...((Array.isArray(results[0]) ? results.at(-1) : results) as T[])];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function withPath(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
