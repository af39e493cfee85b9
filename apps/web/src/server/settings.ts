import { readFileSync } from 'node:fs';
import type { AppIdentity } from '@melodia/db/app';

export interface Settings {
  readonly app: AppIdentity;
  /** Undefined: `PGHOST` and its like say it. */
  readonly databaseUrl: string | undefined;
  readonly port: number;
  /** Where the site is seen from outside, such as `https://melodia.example`. Undefined: as the `Host` header says. */
  readonly origin: string | undefined;
  /** Connections at most. */
  readonly connections: number;
  /** Whether `X-Forwarded-For` is written by a proxy of ours. Otherwise anybody could write it. */
  readonly trustsProxy: boolean;
  /** Accounts, and requests for songs, that one network address may make in an hour. */
  readonly signUpsPerHour: number;
  readonly requestsPerHour: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws an `Error` that names the variable that is wrong. */
export function readSettings(env: Environment = process.env): Settings {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return {
    app: { name: 'web', version },
    databaseUrl: env.DATABASE_URL || undefined,
    port: wholeNumber(env, 'PORT', 3000, 0),
    origin: originOf(env),
    connections: wholeNumber(env, 'WEB_CONNECTIONS', 10, 1),
    trustsProxy: env.WEB_TRUST_PROXY === '1',
    signUpsPerHour: wholeNumber(env, 'WEB_SIGN_UPS_PER_HOUR', 20, 0),
    requestsPerHour: wholeNumber(env, 'WEB_REQUESTS_PER_HOUR', 30, 0),
  };
}

function originOf({ WEB_ORIGIN: text }: Environment): string | undefined {
  if (!text) return undefined;
  const { protocol, origin } = URL.canParse(text) ? new URL(text) : { protocol: '', origin: '' };
  if (!/^https?:$/.test(protocol))
    throw new Error(`WEB_ORIGIN has to be an address such as https://melodia.example, and is \`${text}\`.`);
  return origin;
}

function wholeNumber(env: Environment, name: string, fallback: number, least: number): number {
  const text = env[name];
  const value = text === undefined || text === '' ? fallback : Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name} has to be a whole number from ${least} on, and is \`${text}\`.`);
  return value;
}
