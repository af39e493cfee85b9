import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { MigratorError } from '../errors/migrator-error.js';

/** Where and how to connect, from a URL, drizzle-kit's `dbCredentials` or the `PG*` variables. Holds the password. */
export interface ConnectionTarget {
  /** Several: tried in turn until one answers. A host that starts with `/` is the folder of a unix socket. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: TlsMode;
  /** `read-write`, `primary` and so on: which of several hosts is wanted. */
  readonly sessionAttributes: string | undefined;
  /** Seconds. */
  readonly connectTimeout: number;
  /** Server settings given in the URL, such as `options`. */
  readonly settings: Readonly<Record<string, string>>;
}

export type TlsMode =
  | false
  | 'prefer'
  | 'require'
  | { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly verifyHost: boolean };

type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: string | undefined;
  readonly ssl?: unknown;
}

const OWN_PARAMETERS = new Set([
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'connect_timeout',
  'target_session_attrs',
  'application_name',
  'channel_binding',
  'gssencmode',
  'pgbouncer',
  'sslnegotiation',
  'schema',
]);

/**
 * Reads credentials as libpq would: a URL (`postgresql://`, several hosts, unix sockets, `sslmode`, `sslrootcert`), with
 * gaps filled from `PG*`. Throws `invalid-config` for a URL that is none.
 */
export function readTarget(credentials: Credentials, env: Environment = process.env): ConnectionTarget {
  const url = credentials.url ? parseUrl(credentials.url) : undefined;
  const query = url?.query ?? new URLSearchParams();
  const pick = (name: string, variable: string) => query.get(name) || env[variable] || undefined;
  const user = url?.user || credentials.user || pick('user', 'PGUSER') || userInfo().username;
  const hostList = url?.hosts || credentials.host || pick('host', 'PGHOST') || 'localhost';
  const portList = String(credentials.port ?? pick('port', 'PGPORT') ?? 5432).split(',');
  return {
    hosts: parseHosts(hostList, portList),
    user,
    password: url?.password || credentials.password || pick('password', 'PGPASSWORD'),
    database: url?.database || credentials.database || pick('dbname', 'PGDATABASE') || user,
    ssl: readTls(query, credentials.ssl, env),
    sessionAttributes: pick('target_session_attrs', 'PGTARGETSESSIONATTRS'),
    connectTimeout: Number(pick('connect_timeout', 'PGCONNECT_TIMEOUT')) || 10,
    settings: Object.fromEntries([...query].filter(([name]) => !OWN_PARAMETERS.has(name))),
  };
}

/** `user@host:port/database`, without the password: for people. */
export function describeTarget({ hosts, user, database }: ConnectionTarget): string {
  return `${user}@${hosts.map(({ host, port }) => `${host}:${port}`).join(',')}/${database}`;
}

interface ParsedUrl {
  readonly hosts: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly query: URLSearchParams;
}

/** By hand, because WHATWG URLs allow neither several hosts nor the folder of a unix socket. */
function parseUrl(text: string): ParsedUrl {
  const match =
    /^postgres(?:ql)?:\/\/(?:(?<login>[^/?#]*)@)?(?<hosts>[^/?#]*)(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/i.exec(
      text.trim(),
    );
  const groups = match?.groups;
  if (!groups) {
    throw new MigratorError('invalid-config', {
      message: 'The database URL is not a PostgreSQL URL.',
      where: 'DATABASE_URL, `--url` or `dbCredentials.url`',
      fix: 'Write it as `postgresql://user:password@host:5432/database`; characters such as @ / : # in the password must be percent-encoded.',
    });
  }
  const [user, ...password] = (groups.login ?? '').split(':');
  return {
    hosts: decode(groups.hosts),
    user: decode(user),
    password: decode(password.join(':')),
    database: decode(groups.database),
    query: new URLSearchParams(groups.query ?? ''),
  };
}

function decode(part: string | undefined): string | undefined {
  if (!part) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parseHosts(list: string, ports: readonly string[]): { host: string; port: number }[] {
  return list.split(',').map((entry, index) => {
    const fallback = Number(ports[index] ?? ports[0]) || 5432;
    const folder = /^(?<path>\/.*?)(?::(?<port>\d+))?$/.exec(entry)?.groups;
    if (folder) return { host: folder.path ?? entry, port: Number(folder.port) || fallback };
    const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>\d+))?$/.exec(entry)?.groups;
    return { host: match?.v6 || match?.name || entry || 'localhost', port: Number(match?.port) || fallback };
  });
}

function readTls(query: URLSearchParams, configured: unknown, env: Environment): TlsMode {
  if (typeof configured === 'object' && configured !== null) {
    const { ca, cert, key, rejectUnauthorized } = configured as Record<string, unknown>;
    if (rejectUnauthorized === false) return 'require';
    return { ...textOf('ca', ca), ...textOf('cert', cert), ...textOf('key', key), verifyHost: true };
  }
  const mode =
    query.get('sslmode') || query.get('ssl') || (configured === true ? 'require' : configured) || env.PGSSLMODE;
  const files = {
    ...fileOf('ca', query.get('sslrootcert') || env.PGSSLROOTCERT, 'sslrootcert'),
    ...fileOf('cert', query.get('sslcert') || env.PGSSLCERT, 'sslcert'),
    ...fileOf('key', query.get('sslkey') || env.PGSSLKEY, 'sslkey'),
  };
  switch (mode) {
    case undefined:
    case null:
    case false:
    case '':
    case 'false':
    case 'disable':
    case 'allow':
      return false;
    case 'prefer':
      return 'prefer';
    case 'verify-full':
      return { ...files, verifyHost: true };
    case 'verify-ca':
      return { ...files, verifyHost: false };
    default:
      // As in libpq, a root certificate turns `require` into a check of the chain.
      return 'ca' in files ? { ...files, verifyHost: false } : 'require';
  }
}

function textOf(name: string, value: unknown): Record<string, string> {
  return value === undefined ? {} : { [name]: Buffer.isBuffer(value) ? value.toString('utf8') : String(value) };
}

function fileOf(name: string, path: string | undefined, parameter: string): Record<string, string> {
  if (!path || path === 'system') return {};
  try {
    return { [name]: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new MigratorError('invalid-config', {
      message: `The file named by \`${parameter}\` cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      fix: `Correct \`${parameter}\` in the database URL, or make the file readable.`,
      cause,
    });
  }
}
