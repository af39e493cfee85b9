/** A session as far as patterns look at it. */
export interface NamedSession {
  readonly applicationName: string | null;
  readonly user: string | null;
  readonly host: string | null;
}

/** Whether one of `patterns` names the session; an empty name is named by its user or host only. */
export function isNamed(session: NamedSession, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const [, kind, wanted] = /^(user|host):(.*)$/s.exec(pattern) ?? [undefined, 'name', pattern];
    const value = { user: session.user, host: session.host, name: session.applicationName }[kind as 'user'] ?? '';
    return value !== '' && expressionOf(wanted ?? '').test(value);
  });
}

function expressionOf(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'is');
}

/**
 * Sessions that never count, unless they say which schema they know: people at a client, copies of the database, monitoring, high
 * availability, and the provider's own.
 */
export const NEVER_COUNT: readonly string[] = [
  'psql',
  'pg_dump',
  'pg_dumpall',
  'pg_restore',
  'pg_basebackup',
  'pg_receivewal',
  'pg_recvlogical',
  'pg_amcheck',
  'vacuumdb',
  'reindexdb',
  'clusterdb',
  'pgAdmin 4*',
  'DBeaver*',
  'DataGrip*',
  'TablePlus*',
  'Postico*',
  'postgres_exporter',
  'pg_exporter',
  'Datadog*',
  'datadog*',
  'pganalyze*',
  'pgwatch*',
  'check_postgres*',
  'zabbix*',
  'Patroni*',
  'repmgr*',
  'pgbackrest*',
  'barman*',
  'wal-g*',
  'user:rdsadmin',
  'user:cloudsqladmin',
  'user:azuresu',
];

/**
 * Poolers that connect under a name of their own. Applications speak through these sessions, so they say nothing of who is there; where
 * a heartbeat table does, they never count.
 */
export const POOLERS: readonly string[] = ['pgbouncer*', 'pgcat*', 'pgdog*', 'supavisor*', 'odyssey*', 'pgpool*'];

/** Of this run, and of others that only look. */
export const OUR_OWN: readonly string[] = ['migrator', 'migrator *', 'migrator/*'];
