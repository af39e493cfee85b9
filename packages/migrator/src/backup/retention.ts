/** A backup in a folder. */
export interface StoredBackup {
  readonly path: string;
  readonly createdAt: Date;
  readonly database: string;
  /** Host and port of its server. */
  readonly server: string;
  /** By which Postgres tells its clusters apart, where it says so: two may be reached at one address, through tunnels. */
  readonly system?: string | undefined;
}

export interface Retention {
  /** How many of the newest are kept. */
  readonly keep?: number | undefined;
  /** What is younger is kept, in milliseconds. */
  readonly keepForMs?: number | undefined;
}

/** Whose backups are looked at, and which of them was made a moment ago. */
export interface Expiry extends Retention, Pick<StoredBackup, 'database' | 'server' | 'system'> {
  readonly now: Date;
  readonly made?: string | undefined;
}

/**
 * What may go: backups of one database that no rule keeps. The one just made stays and counts as the newest, also where the
 * clock was ahead when another was made; without it the newest stays, whatever the rules say. Pure.
 */
export function expired(
  backups: readonly StoredBackup[],
  { database, server, system, now, made, keep, keepForMs }: Expiry,
): readonly StoredBackup[] {
  if (keep === undefined && keepForMs === undefined) return [];
  const first = ({ path }: StoredBackup) => (path === made ? 1 : 0);
  const ours = backups
    .filter((backup) => backup.database === database && backup.server === server)
    .filter((backup) => backup.system === undefined || system === undefined || backup.system === system)
    .sort((a, b) => first(b) - first(a) || b.createdAt.getTime() - a.createdAt.getTime());
  return ours.filter(
    ({ createdAt }, index) =>
      index >= Math.max(1, keep ?? 0) && (keepForMs === undefined || now.getTime() - createdAt.getTime() > keepForMs),
  );
}

/** `shop-20261123-091500Z.backup.tar`; with `-2` for a second one of that second. */
export function backupName(database: string, createdAt: Date, count = 1): string {
  const time = createdAt
    .toISOString()
    .replace(/[-:]/g, '')
    .replace('T', '-')
    .replace(/\.\d+Z$/, 'Z');
  return `${database.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 100)}-${time}${count === 1 ? '' : `-${count}`}${SUFFIX}`;
}

/** Names that retention looks at: what somebody named otherwise is not ours to delete. */
export const SUFFIX = '.backup.tar';
