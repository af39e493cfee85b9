import { MigratorError } from '../errors/migrator-error.js';
import { type ConnectionTarget, describeTarget } from './target.js';

/** Turns what a failed connection attempt threw into one clear error. Never holds the password. */
export function connectionError(cause: unknown, target: ConnectionTarget): MigratorError {
  const where = describeTarget(target);
  const { code, message } = facts(cause);
  switch (code) {
    case '28P01':
    case '28000':
      return new MigratorError('authentication-failed', {
        message: `The server refused the login of \`${target.user}\`: ${message}`,
        where,
        fix: /no encryption|SSL off/.test(message)
          ? 'The server takes this log-in by TLS only: add `?sslmode=require` to the database URL, or `verify-full` with `sslrootcert`.'
          : target.password
            ? 'Check user and password of the database URL; special characters in the password must be percent-encoded.'
            : 'The database URL has no password: add one, or set PGPASSWORD. If the server asks for TLS, add `?sslmode=require`.',
        cause,
      });
    case '3D000':
      return new MigratorError('database-missing', {
        message: `The server has no database \`${target.database}\`.`,
        where,
        fix: `Create it (\`createdb ${target.database}\`), or correct the name at the end of the database URL.`,
        cause,
      });
    case '53300':
      return failed(
        'The server has no connection left.',
        'Close idle clients or raise `max_connections`; a pooler in between helps.',
      );
    case '57P03':
      return failed(`The server is not ready: ${message}`, 'Wait until it has started, then run the command again.');
    case 'ECONNREFUSED':
      return failed(
        'Nothing listens there: the connection was refused.',
        'Start the server, or correct host and port of the database URL.',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failed('The host name cannot be resolved.', 'Correct the host in the database URL; check DNS and VPN.');
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return failed(
        `No answer within ${target.connectTimeout} s.`,
        'Check host, port and firewall; a slow link can be given more time with `?connect_timeout=30`.',
      );
    case 'ENOENT':
      return failed(
        'There is no unix socket at that place.',
        'Start the server, or correct the socket folder in the database URL.',
      );
    case 'CLOSED_BEFORE_LOGIN':
      return failed(
        'Something listens there, but it closed the connection before the login was done.',
        'Check that host and port are those of a PostgreSQL server, and that a tunnel or proxy in between has one behind it.',
      );
    default:
      if (NO_TLS.test(message)) {
        return failed(
          'The URL asks for TLS, and the server broke off where it would begin: it offers none.',
          'Take `sslmode` out of the database URL, or turn TLS on in the server (`ssl = on`).',
        );
      }
      if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
        return failed(
          `The TLS connection failed: ${message}`,
          'Give the host by a name that the certificate has, or use `?sslmode=verify-ca`, which does not compare names.',
        );
      }
      if (/certificate|self[- ]signed|altnames|ssl|tls/i.test(`${code} ${message}`)) {
        return failed(
          `The TLS connection failed: ${message}`,
          'Give the authority with `?sslmode=verify-full&sslrootcert=/path/ca.pem`, or `?sslmode=require` to encrypt without a check.',
        );
      }
      return failed(
        `The connection failed: ${message}${code ? ` (${code})` : ''}`,
        'Check the database URL: `migrator status` tries it.',
      );
  }

  function failed(text: string, fix: string): MigratorError {
    return new MigratorError('connection-failed', { message: text, where, fix, cause });
  }
}

/** Node's words when the server answers the request for TLS with no. */
const NO_TLS = /disconnected before secure TLS connection/;

/** Whether an error is about logging in, not about a statement. */
export function isConnectFailure(error: unknown): boolean {
  if (error instanceof MigratorError || !(error instanceof Error)) return false;
  const { code, message } = facts(error);
  return (
    [
      '28P01',
      '28000',
      '3D000',
      '53300',
      '57P03',
      'CONNECT_TIMEOUT',
      'CLOSED_BEFORE_LOGIN',
      'SASL_SIGNATURE_MISMATCH',
      'AUTH_TYPE_NOT_IMPLEMENTED',
    ].includes(code) ||
    /^(?:ERR_(?:SSL|TLS)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code) ||
    // What Postgres says with a code of its own is about the statement: a table may be called `certificates`.
    (/certificate/i.test(message) && !/^[0-9A-Z]{5}$/.test(code)) ||
    NO_TLS.test(message)
  );
}

/** Whether an error says that the connection broke while it was in use. What was under way may have happened or not. */
export function isConnectionLost(error: unknown): boolean {
  const { code } = facts(error);
  return LOST.has(code) || /^(?:08...|57P0[1-3])$/.test(code);
}

const LOST = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
]);

export function connectionLost(cause: unknown): MigratorError {
  return new MigratorError('connection-lost', {
    message: `The connection to the server was lost: ${facts(cause).message}`,
    fix: 'Run `migrator status` once the server is back: it shows what was applied.',
    cause,
  });
}

function facts(cause: unknown): { code: string; message: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return facts(cause.errors[0]);
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  return { code: 'code' in cause ? String(cause.code) : '', message: cause.message };
}
