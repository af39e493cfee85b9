import type { SessionInfo } from '../core/types.js';
import type { Row } from './session.js';

/** Columns of pg_stat_activity that `toSessionInfo` reads, for a table alias. */
export function sessionColumns(alias: string): string {
  return `${alias}.pid, ${alias}.usename,
    -- What the server itself has started has no name, or none that tells what it is.
    case when ${alias}.backend_type = 'client backend' then ${alias}.application_name else concat_ws(' ', ${alias}.backend_type, nullif(${alias}.application_name, '')) end as application_name,
    coalesce(${alias}.client_hostname, host(${alias}.client_addr)) as client, ${alias}.state,
    -- As a number: a role's DateStyle decides how Postgres writes times.
    extract(epoch from coalesce(${alias}.xact_start, ${alias}.backend_start)) * 1000 as since, left(${alias}.query, 200) as query`;
}

export function toSessionInfo(row: Row): SessionInfo {
  return {
    pid: Number(row.pid),
    user: textOrNull(row.usename),
    applicationName: textOrNull(row.application_name),
    host: textOrNull(row.client),
    state: textOrNull(row.state),
    since: row.since === null || row.since === undefined ? null : new Date(Number(row.since)),
    query: textOrNull(row.query),
  };
}

/** One line for people: `pid 4711 (psql, melodia@10.0.0.5, idle in transaction since 12:04:31): select …`. */
export function describeSession({ pid, user, applicationName, host, state, since, query }: SessionInfo): string {
  const login = [user, host].filter(Boolean).join('@');
  const doing = [state, since && `since ${since.toISOString().slice(11, 19)} UTC`].filter(Boolean).join(' ');
  const facts = [applicationName, login, doing].filter(Boolean).join(', ');
  const text = query?.replace(/\s+/g, ' ').trim();
  return `pid ${pid}${facts ? ` (${facts})` : ''}${text ? `: ${text.length > 100 ? `${text.slice(0, 100)}…` : text}` : ''}`;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
