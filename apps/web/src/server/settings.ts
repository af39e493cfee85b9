import { readFileSync } from 'node:fs';
import type { AppIdentity } from '@melodia/db/app';

export interface Settings {
  readonly app: AppIdentity;
  /** Undefined: `PGHOST` and its like say it. */
  readonly databaseUrl: string | undefined;
  readonly port: number;
  /** Connections at most. */
  readonly connections: number;
  /** Whether `X-Forwarded-For` is written by a proxy of ours. Otherwise anybody could write it. */
  readonly trustsProxy: boolean;
}

/** Throws an `Error` that names the variable that is no number. */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return {
    app: { name: 'web', version },
    databaseUrl: env.DATABASE_URL || undefined,
    port: wholeNumber(env, 'PORT', 3000, 0),
    connections: wholeNumber(env, 'WEB_CONNECTIONS', 10, 1),
    trustsProxy: env.WEB_TRUST_PROXY === '1',
  };
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, fallback: number, least: number): number {
  const text = env[name];
  const value = text === undefined || text === '' ? fallback : Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name} has to be a whole number from ${least} on, and is \`${text}\`.`);
  return value;
}
