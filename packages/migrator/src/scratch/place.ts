import { connectionError, isConnectFailure } from '../database/connection-error.js';
import { liftLimits, stayOpen } from '../database/limits.js';
import { Session } from '../database/session.js';
import { type ConnectionTarget, readTarget } from '../database/target.js';
import type { TemporaryServer } from '../embedded/index.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { FEW, keysOf } from './kept.js';
import { isLeftover, SCRATCH_PATTERN } from './names.js';
import type { ScratchOptions } from './types.js';

/** The server that holds the scratch databases, and a session in none of them. */
export interface Place {
  readonly url: string;
  readonly target: ConnectionTarget;
  /** A server of our own, which goes as a whole. */
  readonly ownServer: boolean;
  readonly serverVersion: number;
  readonly admin: Session;
  /** Only a server of our own. */
  readonly temporary?: TemporaryServer;
  /** Stops a server of our own; leaves somebody's. */
  close(): Promise<void>;
}

const APPLICATION = { applicationName: 'migrator scratch' };

export async function openPlace({ url, onProgress, history, large = false }: ScratchOptions): Promise<Place> {
  if (url !== undefined) {
    const place = await connectTo(url, readTarget({ url }), { ownServer: false, stop: async () => {} });
    await dropLeftovers(place.admin);
    return place;
  }
  onProgress?.('Starting a temporary Postgres server.');
  const { startTemporaryServer } = await import('../embedded/index.js');
  const keys = history && keysOf(history).slice(FEW).reverse();
  const server = await startTemporaryServer({ keys, small: !large });
  try {
    // The environment speaks of the project's database, not of this one.
    const target = readTarget({ url: server.url }, {});
    const place = await connectTo(server.url, target, { ownServer: true, stop: () => server.stop() });
    return { ...place, temporary: server };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function connectTo(
  url: string,
  target: ConnectionTarget,
  { ownServer, stop }: { readonly ownServer: boolean; readonly stop: () => Promise<void> },
): Promise<Place> {
  const { session, serverVersion } = await openSession(target);
  const close = async () => {
    session.leave();
    await stop();
  };
  return { url, target, ownServer, serverVersion, admin: session, close };
}

/** A session that stays, however long the work on it takes. The version is asked for unless it is given. */
export async function openSession(
  target: ConnectionTarget,
  version?: number,
): Promise<{ readonly session: Session; readonly serverVersion: number }> {
  const session = await Session.open(target, APPLICATION);
  try {
    const serverVersion = version ?? (await readVersion(session));
    await session.run(`select ${liftLimits(serverVersion, 'session')}, set_config('lock_timeout', '0', false)`);
    stayOpen(session, serverVersion);
    return { session, serverVersion };
  } catch (error) {
    await session.close();
    throw isConnectFailure(error) ? connectionError(error, target) : error;
  }
}

async function readVersion(session: Session): Promise<number> {
  const [row] = await session.rows<{ version: number }>(
    `select current_setting('server_version_num')::int / 10000 as version`,
  );
  return Number(row?.version);
}

/** Databases and roles of runs that were killed. What is in use or not ours to drop stays. */
async function dropLeftovers(admin: Session): Promise<void> {
  const pattern = quoteLiteral(SCRATCH_PATTERN);
  const databases = await admin.rows<{ name: string }>(
    `select datname as name from pg_database where datname like ${pattern}`,
  );
  for (const { name } of databases.filter((row) => isLeftover(row.name))) {
    await admin.run(`drop database if exists ${quoteIdent(name)}`).catch(() => {});
  }
  const roles = await admin.rows<{ name: string; mark: string }>(
    `select rolname as name, shobj_description(oid, 'pg_authid') as mark from pg_roles where shobj_description(oid, 'pg_authid') like ${pattern}`,
  );
  for (const { name } of roles.filter((row) => isLeftover(row.mark))) {
    await admin.run(`drop role if exists ${quoteIdent(name)}`).catch(() => {});
  }
}
