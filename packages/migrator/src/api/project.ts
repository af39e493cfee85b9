import { connectionError, connectionLost, isConnectFailure, isConnectionLost } from '../database/connection-error.js';
import { Session, type SessionOptions } from '../database/session.js';
import { type ConnectionTarget, type Credentials, readTarget } from '../database/target.js';
import { DEFAULT_TRACKING, type TrackingNames } from '../database/tracking.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { BackfillSettings } from '../execute/context.js';
import type { GateSettings } from '../gate/settings.js';

/** A database and a folder of migrations that belong together. */
export interface Project {
  /** The database: a URL, or credentials as in `dbCredentials` of drizzle.config.ts. Gaps are filled from `PG*`. */
  readonly database: string | Credentials;
  /** Path of the migrations folder: the one that holds `meta/_journal.json`. */
  readonly migrationsFolder: string;
  /** Schema and table of drizzle's tracking. Default `drizzle.__drizzle_migrations`. */
  readonly migrationsSchema?: string | undefined;
  readonly migrationsTable?: string | undefined;
  /** Schema that dropped things are parked in. Default `migrator_trash`. */
  readonly trashSchema?: string | undefined;
  /** What is not of this history, as `ignore` of the catalog: schemas (`audit_*`), or keys with a colon (`table:public.tmp_*`). */
  readonly ignore?: readonly string[] | undefined;
  /** Whom `--phase contract` asks about. Default: every session that does not say that it knows the migration is in the way. */
  readonly gate?: GateSettings | undefined;
  /** What backfills give way to. Default: batches of 250 ms; 10 s of replication lag, transactions of 5 min, pauses of 30 min. */
  readonly backfill?: Partial<BackfillSettings> | undefined;
  /** Folder that paths in messages are relative to. Default: the working folder. */
  readonly relativeTo?: string | undefined;
}

export function targetOf({ database }: Project): ConnectionTarget {
  return readTarget(typeof database === 'string' ? { url: database } : database);
}

export function trackingOf(project: Pick<Project, 'migrationsSchema' | 'migrationsTable'>): TrackingNames {
  return {
    schema: project.migrationsSchema ?? DEFAULT_TRACKING.schema,
    table: project.migrationsTable ?? DEFAULT_TRACKING.table,
  };
}

/** Opens a session for the length of `use`. */
export async function withSession<T>(
  target: ConnectionTarget,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await Session.open(target, options);
  try {
    return await use(session);
  } catch (error) {
    // The login happens with the first statement.
    if (isConnectFailure(error)) throw connectionError(error, target);
    throw !(error instanceof MigratorError) && isConnectionLost(error) ? connectionLost(error) : error;
  } finally {
    await session.close();
  }
}
