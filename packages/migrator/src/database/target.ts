import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { closest } from '../errors/closest.js';
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
 * gaps filled from `PG*`. Throws `invalid-config` for a URL that is none, and for faults in what is given: with several of
 * them, `data.faults` has each as a text.
 */
export function readTarget(credentials: Credentials, env: Environment = process.env): ConnectionTarget {
  const url = credentials.url ? parseUrl(credentials.url) : undefined;
  const query = url?.query ?? new URLSearchParams();
  const pick = (name: string, variable: string) => query.get(name) || env[variable] || undefined;
  const user = url?.user || credentials.user || pick('user', 'PGUSER') || userInfo().username;
  const hostList = url?.hosts || credentials.host || pick('host', 'PGHOST') || 'localhost';
  const portList = String(credentials.port ?? pick('port', 'PGPORT') ?? '').split(',');
  const portName =
    credentials.port !== undefined
      ? '`dbCredentials.port`'
      : query.get('port')
        ? '`port` of the database URL'
        : 'PGPORT';
  const faults: MigratorError[] = [];
  const target: ConnectionTarget = {
    hosts: parseHosts(hostList, portList, portName, faults),
    user,
    password: url?.password || credentials.password || pick('password', 'PGPASSWORD'),
    database: url?.database || credentials.database || pick('dbname', 'PGDATABASE') || user,
    ssl: readTls(query, credentials.ssl, env, faults),
    sessionAttributes: pick('target_session_attrs', 'PGTARGETSESSIONATTRS'),
    connectTimeout: Number(pick('connect_timeout', 'PGCONNECT_TIMEOUT')) || 10,
    settings: {
      ...(env.PGOPTIONS && { options: env.PGOPTIONS }),
      ...Object.fromEntries([...query].filter(([name]) => !OWN_PARAMETERS.has(name))),
    },
  };
  throwAll(faults);
  return target;
}

function throwAll(faults: readonly MigratorError[]): void {
  if (faults.length <= 1) {
    if (faults[0]) throw faults[0];
    return;
  }
  const texts = faults.map(({ message, fix, where }) => `${message} ${fix} (${where})`);
  throw new MigratorError('invalid-config', {
    message: `The database settings have ${faults.length} faults.`,
    where: WHERE,
    detail: texts.map((text) => `- ${text}`).join('\n'),
    fix: 'Correct them.',
    data: { faults: texts },
  });
}

const WHERE = 'DATABASE_URL, `--url` or `dbCredentials`';

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

function parseHosts(
  list: string,
  ports: readonly string[],
  portName: string,
  faults: MigratorError[],
): { host: string; port: number }[] {
  const bad = new Set<string>();
  const read = (text: string | undefined, name: string): number | undefined => {
    if (!text) return undefined;
    const port = /^\d+$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535) bad.add(name);
    return port;
  };
  const shared = ports.map((text) => read(text.trim(), portName));
  const hosts = list.split(',').map((entry, index) => {
    const fallback = (index < shared.length ? shared[index] : shared[0]) ?? 5432;
    const own = 'The port of a host';
    const folder = /^(?<path>\/.*?)(?::(?<port>\d+))?$/.exec(entry)?.groups;
    if (folder) return { host: folder.path ?? entry, port: read(folder.port, own) ?? fallback };
    const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:]*))(?::(?<port>[^:]*))?$/.exec(entry)?.groups;
    const name = match ? match.v6 || match.name : entry;
    return { host: name || 'localhost', port: read(match?.port, own) ?? fallback };
  });
  for (const name of bad) {
    // Without the value: where the password of a URL is not encoded, a part of it stands in the place of the port.
    faults.push(
      new MigratorError('invalid-config', {
        message: `${name} is not a number from 1 to 65535.`,
        where: name === 'PGPORT' ? 'PGPORT' : WHERE,
        fix: 'Correct it; characters such as @ / : # in the password of a URL must be percent-encoded.',
      }),
    );
  }
  return hosts;
}

/** Those of libpq, and `no-verify` of node-postgres. */
const TLS_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

function unknownTlsMode(mode: unknown, where: string): MigratorError {
  const meant = closest(String(mode), TLS_MODES);
  return new MigratorError('invalid-config', {
    message: `\`${String(mode)}\` is no \`sslmode\`; there are ${TLS_MODES.join(', ')}.`,
    where,
    fix: meant ? `Did you mean \`${meant}\`?` : 'Use `verify-full` where the server has a certificate, else `require`.',
  });
}

function readTls(query: URLSearchParams, configured: unknown, env: Environment, faults: MigratorError[]): TlsMode {
  if (typeof configured === 'object' && configured !== null) {
    const { ca, cert, key, rejectUnauthorized } = configured as Record<string, unknown>;
    if (rejectUnauthorized === false) return 'require';
    return { ...textOf('ca', ca), ...textOf('cert', cert), ...textOf('key', key), verifyHost: true };
  }
  const mode =
    query.get('sslmode') || query.get('ssl') || (configured === true ? 'require' : configured) || env.PGSSLMODE;
  const files = {
    ...fileOf('ca', query.get('sslrootcert') || env.PGSSLROOTCERT, 'sslrootcert', faults),
    ...fileOf('cert', query.get('sslcert') || env.PGSSLCERT, 'sslcert', faults),
    ...fileOf('key', query.get('sslkey') || env.PGSSLKEY, 'sslkey', faults),
  };
  switch (mode) {
    case undefined:
    case null:
    case false:
    case '':
    case 'false':
    case '0':
    case 'disable':
    case 'allow':
      return false;
    case 'prefer':
      return 'prefer';
    case 'verify-full':
      return { ...files, verifyHost: true };
    case 'verify-ca':
      return { ...files, verifyHost: false };
    case 'true':
    case '1':
    case 'require':
    case 'no-verify':
      // As in libpq, a root certificate turns `require` into a check of the chain.
      return 'ca' in files ? { ...files, verifyHost: false } : 'require';
    default: {
      const given = query.get('sslmode') || query.get('ssl');
      faults.push(unknownTlsMode(mode, given ? 'the database URL' : configured ? '`dbCredentials.ssl`' : 'PGSSLMODE'));
      return false;
    }
  }
}

function textOf(name: string, value: unknown): Record<string, string> {
  return value === undefined ? {} : { [name]: Buffer.isBuffer(value) ? value.toString('utf8') : String(value) };
}

function fileOf(
  name: string,
  path: string | undefined,
  parameter: string,
  faults: MigratorError[],
): Record<string, string> {
  if (!path || path === 'system') return {};
  try {
    return { [name]: readFileSync(path, 'utf8') };
  } catch (cause) {
    const fault = new MigratorError('invalid-config', {
      message: `The file named by \`${parameter}\` cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      fix: `Correct \`${parameter}\` in the database URL, or make the file readable.`,
      cause,
    });
    faults.push(fault);
    return {};
  }
}
