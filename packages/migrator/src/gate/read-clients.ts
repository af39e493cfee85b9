import type { Row, Session } from '../database/session.js';
import { MigratorError, redact } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import type { ClientInstance, ClientSession, Clients } from './judge.js';
import type { HeartbeatSettings } from './settings.js';

export interface ReadOptions {
  /** Server processes that are our own. */
  readonly ownPids: readonly number[];
  readonly heartbeat: HeartbeatSettings | undefined;
  /** The heartbeat table is still to be made, by a migration of this run: nobody can be in it. */
  readonly heartbeatToCome: boolean;
}

/** Our own statements must not queue behind a lock on the heartbeat table for ever. */
const LIMITS = `begin isolation level read committed read only; set local lock_timeout = '2s'; set local statement_timeout = '30s'`;

/**
 * Who is connected to the database, and who says in the heartbeat table that it runs. Throws `gate-unreadable` where that cannot be
 * told: not to know must not count as nobody.
 */
export async function readClients(session: Session, options: ReadOptions): Promise<Clients> {
  const { heartbeat } = options;
  try {
    const [sessions = [], process, facts] = await rowsOf(session, [
      sessionsSql(options.ownPids),
      'select pg_backend_pid() as pid',
      ...(heartbeat ? [factsSql(heartbeat)] : []),
    ]);
    const isThere = heartbeat !== undefined && assertReadable(facts?.[0] ?? {}, heartbeat, options.heartbeatToCome);
    const blind = heartbeat === undefined && session.isPooled(Number(process?.[0]?.pid));
    const [instances = []] = isThere ? await rowsOf(session, [instancesSql(heartbeat)]) : [];
    return { sessions: sessions.map(toSession), instances: instances.map(toInstance), blind };
  } catch (error) {
    await session.run('rollback').catch(() => {});
    throw unreadable(error, heartbeat);
  }
}

/** One transaction of its own, as pg_stat_activity stays the same within one; sent at once. */
async function rowsOf(session: Session, selects: readonly string[]): Promise<readonly (readonly Row[])[]> {
  const begun = session.run(LIMITS);
  const answers = selects.map((select) => session.rows(select));
  const sent = [begun, ...answers, session.run('commit')];
  const failed = (await Promise.allSettled(sent)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return Promise.all(answers);
}

/**
 * What our role may not see has no `backend_type`: such rows stay in, or whoever may not see others would find nobody. Of the server's
 * own processes, those that have neither database nor user are told by that.
 */
function sessionsSql(ownPids: readonly number[]): string {
  return `select pid, usename, application_name, coalesce(client_hostname, host(client_addr)) as host,
      extract(epoch from backend_start) * 1000 as since, state, backend_type is null as hidden
    from pg_stat_activity
    where datid = (select oid from pg_database where datname = current_database()) and usesysid is not null
      and (backend_type is null or backend_type = 'client backend')
      and pid <> pg_backend_pid()${ownPids.length > 0 ? ` and pid not in (${ownPids.join(', ')})` : ''}`;
}

function factsSql({ schema, table, columns }: HeartbeatSettings): string {
  const name = quoteLiteral(quoteName(schema, table));
  return `select to_regclass(${name}) is not null as there, row_security_active(to_regclass(${name})) as secured,
      (select atttypid = 'timestamptz'::regtype from pg_attribute
       where attrelid = to_regclass(${name}) and attname = ${quoteLiteral(columns.seenAt)} and not attisdropped) as timed,
      exists (select from pg_attribute where attrelid = to_regclass(${name}) and attname = ${quoteLiteral(columns.tag)} and not attisdropped) as tagged`;
}

/** Columns that are not there read as null, and whoever has no tag is in the way. */
function instancesSql({ schema, table, columns, freshMs }: HeartbeatSettings): string {
  const text = (column: string) => `to_jsonb(t) ->> ${quoteLiteral(column)}`;
  return `select ${text(columns.app)} as app, ${text(columns.version)} as version, ${text(columns.packageVersion)} as package_version,
      ${text(columns.tag)} as tag, ${text(columns.host)} as host, ${text(columns.startedAt)} as since
    from ${quoteName(schema, table)} t
    where (t.${quoteIdent(columns.seenAt)} > now() - interval '${freshMs} milliseconds') is not false`;
}

/** Whether the table is there to be read. */
function assertReadable(
  { there, secured, timed, tagged }: Row,
  { schema, table, columns }: HeartbeatSettings,
  toCome: boolean,
): boolean {
  if (there !== true && toCome) return false;
  const fault =
    there !== true
      ? 'is not there'
      : secured === true
        ? 'has row level security, which may hide rows from our role'
        : timed !== true
          ? `has no column \`${columns.seenAt}\` of type timestamptz`
          : tagged !== true
            ? `has no column \`${columns.tag}\``
            : undefined;
  if (fault === undefined) return true;
  throw cannotTell(
    `the heartbeat table ${schema}.${table} ${fault}.`,
    there === true
      ? 'Correct `migrator.gate.heartbeat` in drizzle.config.ts, or let a role read it that sees all rows.'
      : 'Correct `migrator.gate.heartbeat` in drizzle.config.ts; where the table is only to come, run `migrator migrate --phase expand` first, which makes it.',
  );
}

function unreadable(error: unknown, heartbeat: HeartbeatSettings | undefined): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A lost connection and our own errors say it themselves.
  if (!/^(?!57P0|08)[0-9A-Z]{5}$/.test(code) || !(error instanceof Error)) return error;
  const table = heartbeat ? `${heartbeat.schema}.${heartbeat.table}` : 'pg_stat_activity';
  return cannotTell(
    `${error.message} (${code}).`,
    code === '42501'
      ? `Grant our role the right to read it: \`GRANT USAGE ON SCHEMA ${heartbeat?.schema ?? 'pg_catalog'} TO …; GRANT SELECT ON ${table} TO …\`.`
      : `Look at ${table}, and run it again.`,
    error,
  );
}

function cannotTell(why: string, fix: string, cause?: unknown): MigratorError {
  return new MigratorError('gate-unreadable', {
    message: `Who still uses what contract migrations take away cannot be told: ${why}`,
    state: 'No contract migration was run.',
    fix,
    ...(cause !== undefined && { cause }),
  });
}

function toSession(row: Row): ClientSession {
  return {
    pid: Number(row.pid),
    applicationName: textOrNull(row.application_name),
    user: textOrNull(row.usename),
    host: textOrNull(row.host),
    since: row.since === null || row.since === undefined ? null : new Date(Number(row.since)),
    isIdle: row.state === 'idle',
    hidden: row.hidden === true,
  };
}

function toInstance(row: Row): ClientInstance {
  const since = typeof row.since === 'string' ? new Date(row.since) : null;
  return {
    app: textOrNull(row.app),
    version: textOrNull(row.version),
    packageVersion: textOrNull(row.package_version),
    tag: textOrNull(row.tag),
    host: textOrNull(row.host),
    since: since === null || Number.isNaN(since.getTime()) ? null : since,
  };
}

/** What somebody else has written is printed: on one line, and not without end. */
function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== ''
    ? redact(value)
        .replace(/\p{Cc}/gu, ' ')
        .slice(0, 200)
    : null;
}
