import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { MigratorError } from '../errors/migrator-error.js';
import { type ConnectionTarget, describeTarget, readTarget } from './target.js';

const me = userInfo().username;

/** What differs from `postgresql://u:p@h/d`, the plainest of all. */
const plain: ConnectionTarget = {
  hosts: [{ host: 'h', port: 5432 }],
  user: 'u',
  password: 'p',
  database: 'd',
  ssl: false,
  sessionAttributes: undefined,
  connectTimeout: 10,
  settings: {},
};

describe('a URL', () => {
  test.each<[string, string, Partial<ConnectionTarget>]>([
    ['with everything', 'postgresql://u:p@h:5433/d', { hosts: [{ host: 'h', port: 5433 }] }],
    ['with the short scheme', 'postgres://u:p@h/d', {}],
    ['in capitals, with white space around', '  POSTGRESQL://u:p@h/d\n', {}],
    ['without a password', 'postgresql://u@h/d', { password: undefined }],
    ['with an empty password', 'postgresql://u:@h/d', { password: undefined }],
    ['without a database: that of the user', 'postgresql://u:p@h', { database: 'u' }],
    ['with a slash and no database', 'postgresql://u:p@h/', { database: 'u' }],
    ['without a user: the account', 'postgresql://h/d', { user: me, password: undefined }],
    ['without a host', 'postgresql://u:p@/d', { hosts: [{ host: 'localhost', port: 5432 }] }],
    ['with a percent-encoded password', 'postgresql://u:p%40%3A%2F%23%25@h/d', { password: 'p@:/#%' }],
    ['with a colon in the password', 'postgresql://u:p:q@h/d', { password: 'p:q' }],
    ['with an @ in the password', 'postgresql://u:p@q@h/d', { password: 'p@q' }],
    ['with a stray percent sign in the password', 'postgresql://u:100%@h/d', { password: '100%' }],
    ['with encoded user and database', 'postgresql://u%40x:p@h/d%20e', { user: 'u@x', database: 'd e' }],
    ['with an IPv6 address', 'postgresql://u:p@[::1]:5433/d', { hosts: [{ host: '::1', port: 5433 }] }],
    ['with an IPv6 address and no port', 'postgresql://u:p@[fe80::1]/d', { hosts: [{ host: 'fe80::1', port: 5432 }] }],
    [
      'with several hosts',
      'postgresql://u:p@h1:1,h2,[::1]:3/d',
      {
        hosts: [
          { host: 'h1', port: 1 },
          { host: 'h2', port: 5432 },
          { host: '::1', port: 3 },
        ],
      },
    ],
    ['with a socket folder', 'postgresql://u:p@%2Fvar%2Frun/d', { hosts: [{ host: '/var/run', port: 5432 }] }],
    [
      'with a socket folder as a parameter',
      'postgresql://u:p@/d?host=/var/run&port=5433',
      { hosts: [{ host: '/var/run', port: 5433 }] },
    ],
    ['with login and database as parameters', 'postgresql:///?host=h&user=u&password=p&dbname=d', {}],
    ['with a connection time-out', 'postgresql://u:p@h/d?connect_timeout=3', { connectTimeout: 3 }],
    ['with a senseless time-out', 'postgresql://u:p@h/d?connect_timeout=soon', { connectTimeout: 10 }],
    [
      'with a wanted kind of host',
      'postgresql://u:p@h/d?target_session_attrs=read-write',
      { sessionAttributes: 'read-write' },
    ],
    [
      'with server settings',
      'postgresql://u:p@h/d?options=-c%20search_path%3Da&application_name=x',
      { settings: { options: '-c search_path=a' } },
    ],
    [
      'with parameters of other tools, which are no server settings',
      'postgresql://u:p@h/d?pgbouncer=true&schema=public&channel_binding=prefer',
      {},
    ],
    ['with sslmode=disable', 'postgresql://u:p@h/d?sslmode=disable', { ssl: false }],
    ['with sslmode=prefer', 'postgresql://u:p@h/d?sslmode=prefer', { ssl: 'prefer' }],
    ['with sslmode=require', 'postgresql://u:p@h/d?sslmode=require', { ssl: 'require' }],
    ['with ssl=true', 'postgresql://u:p@h/d?ssl=true', { ssl: 'require' }],
    ['with ssl=false', 'postgresql://u:p@h/d?ssl=false', { ssl: false }],
    ['with sslmode=no-verify', 'postgresql://u:p@h/d?sslmode=no-verify', { ssl: 'require' }],
    ['with sslmode=verify-ca', 'postgresql://u:p@h/d?sslmode=verify-ca', { ssl: { verifyHost: false } }],
    [
      'with sslmode=verify-full',
      'postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=system',
      { ssl: { verifyHost: true } },
    ],
  ])('%s', (_, url, changes) => {
    expect(readTarget({ url }, {})).toEqual({ ...plain, ...changes });
  });

  test('that is empty is none given', () => {
    expect(readTarget({ url: '' }, {}).hosts).toEqual([{ host: 'localhost', port: 5432 }]);
  });

  test.each([
    'no-url',
    'localhost:5432/d',
    'mysql://u:p@h/d',
    'http://h/d',
    'postgresql:u:p@h',
    'postgresql://u:a/b#c@h/d',
  ])('that is none is refused, without a word of it: %j', (url) => {
    try {
      readTarget({ url }, {});
    } catch (error) {
      expect(error).toBeInstanceOf(MigratorError);
      expect(error).toMatchObject({ code: 'invalid-config', message: 'The database URL is not a PostgreSQL URL.' });
      expect(JSON.stringify(error)).not.toContain(url);
      return;
    }
    throw new Error('It should have been refused.');
  });

  test.each<[string, string]>([
    ['postgresql://u:p@h:0/d', 'The port of a host is not a number from 1 to 65535.'],
    ['postgresql://u:p@h:65536/d', 'The port of a host is not a number from 1 to 65535.'],
    ['postgresql://u:p@h:5432,h2:99999/d', 'The port of a host is not a number from 1 to 65535.'],
    ['postgresql://u:p@%2Frun:70000/d', 'The port of a host is not a number from 1 to 65535.'],
    ['postgresql://u:p@[::1]:x/d', 'The port of a host is not a number from 1 to 65535.'],
    ['postgresql://u:p@h/d?port=x', '`port` of the database URL is not a number from 1 to 65535.'],
    [
      'postgresql://u:p@h/d?sslmode=verify',
      '`verify` is no `sslmode`; there are disable, allow, prefer, require, verify-ca, verify-full, no-verify.',
    ],
    ['postgresql://u:p@h:0/d?port=-1&sslmode=on', 'The database settings have 3 faults.'],
  ])('with a fault is refused: %s', (url, message) => {
    expect(() => readTarget({ url }, {})).toThrow(expect.objectContaining({ code: 'invalid-config', message }));
  });

  test('whose password is not encoded is refused without a word of it', () => {
    const url = 'postgresql://u:hunter2/x@h/d';
    expect(() => readTarget({ url }, {})).toThrow(/^The port of a host is not/);
    try {
      readTarget({ url }, {});
    } catch (error) {
      expect(JSON.stringify([error, String(error)])).not.toContain('hunter2');
    }
  });

  test('with an empty port has the default', () => {
    expect(readTarget({ url: 'postgresql://h:/d' }, {}).hosts).toEqual([{ host: 'h', port: 5432 }]);
  });

  test('that names a certificate which cannot be read is refused', () => {
    expect(() => readTarget({ url: 'postgresql://h/d?sslmode=verify-ca&sslrootcert=/no/such/ca.pem' }, {})).toThrow(
      /^The file named by `sslrootcert` cannot be read: ENOENT/,
    );
  });
});

describe('credentials', () => {
  test.each<[string, Parameters<typeof readTarget>[0], Partial<ConnectionTarget>]>([
    [
      'field by field',
      { host: 'h', port: 5433, user: 'u', password: 'p', database: 'd' },
      { hosts: [{ host: 'h', port: 5433 }] },
    ],
    [
      'with a port as text',
      { host: 'h', port: '5433', user: 'u', password: 'p', database: 'd' },
      { hosts: [{ host: 'h', port: 5433 }] },
    ],
    [
      'with characters that a URL would encode',
      { host: 'h', user: 'u', password: 'p@:/%41', database: 'd' },
      { password: 'p@:/%41' },
    ],
    ['with ssl: true', { host: 'h', user: 'u', password: 'p', database: 'd', ssl: true }, { ssl: 'require' }],
    ["with ssl: 'require'", { host: 'h', user: 'u', password: 'p', database: 'd', ssl: 'require' }, { ssl: 'require' }],
    ['with ssl: false', { host: 'h', user: 'u', password: 'p', database: 'd', ssl: false }, { ssl: false }],
    [
      'with a certificate',
      { host: 'h', user: 'u', password: 'p', database: 'd', ssl: { ca: 'PEM' } },
      { ssl: { ca: 'PEM', verifyHost: true } },
    ],
    [
      'with a certificate as bytes',
      { host: 'h', user: 'u', password: 'p', database: 'd', ssl: { ca: Buffer.from('PEM') } },
      { ssl: { ca: 'PEM', verifyHost: true } },
    ],
    [
      'with rejectUnauthorized: false',
      { host: 'h', user: 'u', password: 'p', database: 'd', ssl: { rejectUnauthorized: false } },
      { ssl: 'require' },
    ],
  ])('%s', (_, credentials, changes) => {
    expect(readTarget(credentials, {})).toEqual({ ...plain, ...changes });
  });
});

describe('the PG variables', () => {
  const env = {
    PGHOST: 'h',
    PGPORT: '5433',
    PGUSER: 'u',
    PGPASSWORD: 'p',
    PGDATABASE: 'd',
    PGSSLMODE: 'require',
    PGCONNECT_TIMEOUT: '3',
  };

  test('fill what is not given', () => {
    expect(readTarget({}, env)).toEqual({
      ...plain,
      hosts: [{ host: 'h', port: 5433 }],
      ssl: 'require',
      connectTimeout: 3,
    });
  });

  test('give way to a URL', () => {
    expect(readTarget({ url: 'postgresql://x:y@z:1/w?sslmode=disable&connect_timeout=7' }, env)).toEqual({
      ...plain,
      hosts: [{ host: 'z', port: 1 }],
      user: 'x',
      password: 'y',
      database: 'w',
      connectTimeout: 7,
    });
  });

  test('give way to credentials', () => {
    expect(readTarget({ host: 'z', port: 1, user: 'x', password: 'y', database: 'w', ssl: false }, env)).toMatchObject({
      hosts: [{ host: 'z', port: 1 }],
      user: 'x',
      password: 'y',
      database: 'w',
    });
  });

  test.each([
    [{ PGPORT: 'abc' }, 'PGPORT is not a number from 1 to 65535.', 'PGPORT'],
    [
      { PGSSLMODE: 'x' },
      '`x` is no `sslmode`; there are disable, allow, prefer, require, verify-ca, verify-full, no-verify.',
      'PGSSLMODE',
    ],
  ])('with a fault are refused: %j', (variables, message, where) => {
    expect(() => readTarget({}, variables)).toThrow(expect.objectContaining({ message, where }));
  });

  test('may name several hosts, with a port for each', () => {
    expect(readTarget({}, { PGHOST: 'a,b', PGPORT: '1,2', PGUSER: 'u' }).hosts).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ]);
  });
});

test('a target is described without its password', () => {
  const target = readTarget({ url: 'postgresql://u:secret@h1:1,[::1]/d' }, {});
  expect(describeTarget(target)).toBe('u@h1:1,::1:5432/d');
});
