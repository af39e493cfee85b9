import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doctor } from '../../src/api/doctor.js';
import { startTemporaryServer, type TemporaryServer } from '../../src/embedded/index.js';
import { chooseRunAs } from '../../src/embedded/run-as.js';
import { freePort } from '../setup/pgbouncer.js';
import { admin, withDatabase } from './fingerprint.js';
import { projectOf, startCli } from './harness.js';

/** Files of an authority made for this test, and of one that has nothing to do with the server. */
let folder: string;
/** TLS for whoever comes by TCP, and a unix socket. */
let server: TemporaryServer;
let readOnly: TemporaryServer;

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`This test needs openssl: ${stderr}`);
}

function makeAuthority(name: string): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'migrator-tls-'));
  makeAuthority('ours');
  makeAuthority('other');
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  );
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost');
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ours.crt',
    '-CAkey',
    'ours.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'names',
    '-out',
    'server.crt',
  );
  const home = join(folder, 'server');
  mkdirSync(home);
  for (const name of ['server.key', 'server.crt']) copyFileSync(join(folder, name), join(home, name));
  writeFileSync(join(home, 'hba'), 'local all all scram-sha-256\nhostssl all all all scram-sha-256\n');
  chmodSync(folder, 0o755);
  chmodSync(join(home, 'server.key'), 0o600);
  const { uid, gid } = chooseRunAs();
  if (uid !== undefined && gid !== undefined)
    for (const path of [home, ...['server.key', 'server.crt', 'hba'].map((name) => join(home, name))])
      chownSync(path, uid, gid);
  server = await startTemporaryServer({
    small: true,
    settings: {
      listen_addresses: '127.0.0.1,::1',
      ssl: 'on',
      ssl_cert_file: join(home, 'server.crt'),
      ssl_key_file: join(home, 'server.key'),
      hba_file: join(home, 'hba'),
      unix_socket_directories: home,
    },
  });
  readOnly = await startTemporaryServer({ small: true, settings: { default_transaction_read_only: 'on' } });
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await readOnly?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let databases = 0;
/** A new database on the TLS server, and how to say in a URL where it is. */
async function setup() {
  databases += 1;
  const name = `tls_${databases}`;
  const login = new URL(withDatabase(server.url, name));
  login.searchParams.set('sslmode', 'require');
  const socket = `postgres://${login.username}:${login.password}@/postgres?host=${encodeURIComponent(join(folder, 'server'))}&port=${login.port}`;
  const { root } = projectOf({
    '0000_a': 'create table a (tls boolean); insert into a select ssl from pg_stat_ssl where pid = pg_backend_pid();',
  });
  const start = (url: string, env: Record<string, string> = {}) =>
    startCli(root, ['migrate'], { DATABASE_URL: url, ...env }).ended;
  const url = (host: string, query: string) =>
    `postgres://${login.username}:${login.password}@${host}:${login.port}/${name}?${query}`;
  await admin(tlsUrl(), `create database ${name}`);
  return { name, login, socket, root, start, url };
}

const tlsUrl = () => `${server.url}?sslmode=require`;
const authority = (name: string) => `sslrootcert=${encodeURIComponent(join(folder, `${name}.crt`))}`;

describe('TLS', () => {
  test.each([
    ['require: encrypted, whoever the server is', '127.0.0.1', () => 'sslmode=require'],
    ['verify-ca: the name does not matter', '127.0.0.1', () => `sslmode=verify-ca&${authority('ours')}`],
    ['verify-full: authority and name are right', 'localhost', () => `sslmode=verify-full&${authority('ours')}`],
    ['prefer', '127.0.0.1', () => 'sslmode=prefer'],
    ['by IPv6', '[::1]', () => 'sslmode=require'],
  ])('%s', async (_, host, query) => {
    const { start, url } = await setup();
    const run = await start(url(host, query()));
    expect(run.code, run.output).toBe(0);
  });

  test.each([
    [
      'verify-full, another authority',
      'localhost',
      () => `sslmode=verify-full&${authority('other')}`,
      /The TLS connection failed: .*(?:certificate|self)/,
    ],
    [
      'verify-ca, another authority',
      '127.0.0.1',
      () => `sslmode=verify-ca&${authority('other')}`,
      /The TLS connection failed: .*(?:certificate|self)/,
    ],
    [
      'verify-full, another name than the certificate is for',
      '127.0.0.1',
      () => `sslmode=verify-full&${authority('ours')}`,
      /The TLS connection failed: .*127\.0\.0\.1/,
    ],
    ['verify-full without a known authority', 'localhost', () => 'sslmode=verify-full', /The TLS connection failed: /],
    [
      'disable, where the server wants TLS',
      '127.0.0.1',
      () => 'sslmode=disable',
      /no pg_hba\.conf entry .*no encryption/,
    ],
  ])('%s: says so, and exits 4', async (_, host, query, message) => {
    const { start, url, login } = await setup();
    const run = await start(url(host, query()));
    expect(run.code, run.output).toBe(4);
    expect(run.output).toMatch(message);
    expect(run.output).toMatch(/Next: .*sslmode=/);
    expect(run.output).not.toContain(login.password);
  });

  test('an authority file that is not there: wrong usage, and the file is named', async () => {
    const { start, url } = await setup();
    const run = await start(url('localhost', 'sslmode=verify-full&sslrootcert=/nowhere/ca.pem'));
    expect(run.code, run.output).toBe(2);
    expect(run.output).toContain('/nowhere/ca.pem');
  });
});

describe('where the server is', () => {
  test('a unix socket, in the forms that libpq knows', async () => {
    const { root, name, login } = await setup();
    const socket = join(folder, 'server');
    const place = encodeURIComponent(socket);
    for (const url of [
      `postgres://${login.username}:${login.password}@/${name}?host=${place}&port=${login.port}`,
      `postgres://${login.username}:${login.password}@${place}:${login.port}/${name}`,
    ]) {
      const run = await startCli(root, ['migrate'], { DATABASE_URL: url }).ended;
      expect(run.code, `${url}\n${run.output}`).toBe(0);
    }
  });

  test('the PG* variables alone', async () => {
    const { root, name, login } = await setup();
    const run = await startCli(root, ['migrate'], {
      PGHOST: 'localhost',
      PGPORT: login.port,
      PGUSER: login.username,
      PGPASSWORD: login.password,
      PGDATABASE: name,
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: join(folder, 'ours.crt'),
    }).ended;
    expect(run.code, run.output).toBe(0);
    expect(run.output).toContain('Applied 1 migration');
  });

  test('several hosts: the first refuses, the second is taken', async () => {
    const { start, login, name } = await setup();
    const run = await start(
      `postgres://${login.username}:${login.password}@127.0.0.1:${await freePort()},127.0.0.1:${login.port}/${name}?sslmode=require`,
    );
    expect(run.code, run.output).toBe(0);
  });

  test('several hosts: the first takes no writes, the one that does is found', async () => {
    const { start, login, name } = await setup();
    // Both know the log-in.
    const writable = `${readOnly.url}?default_transaction_read_only=off`;
    await admin(writable, `create database ${name}`);
    await admin(writable, `alter role ${login.username} password '${login.password}'`);
    const hosts = `127.0.0.1:${new URL(readOnly.url).port},127.0.0.1:${login.port}`;
    const at = (query: string) =>
      `postgres://${login.username}:${login.password}@${hosts}/${name}?sslmode=prefer&${query}`;
    const plain = await start(at(''));
    expect([plain.code, plain.output]).toEqual([4, expect.stringContaining('[read-only-database]')]);
    const wanted = await start(at('target_session_attrs=read-write'));
    expect(wanted.code, wanted.output).toBe(0);
    expect(wanted.output).toContain('Applied 1 migration');
  });

  test('several hosts: none is of the kind that is wanted', async () => {
    const { start, login } = await setup();
    const port = new URL(readOnly.url).port;
    const { username, password } = new URL(readOnly.url);
    const run = await start(
      `postgres://${username}:${password}@127.0.0.1:${port},127.0.0.1:${port}/postgres?target_session_attrs=read-write`,
    );
    expect([run.code, run.output]).toEqual([4, expect.stringContaining('No host is read-write.')]);
    expect(run.output).not.toContain(login.password);
  });
});

describe('doctor looks at the certificate', () => {
  test.each([
    [
      'localhost',
      () => `sslmode=verify-full&${authority('ours')}`,
      'warn',
      /^The certificate of the server expires in \d days/,
    ],
    ['127.0.0.1', () => 'sslmode=require', 'warn', /^The certificate of the server expires in \d days/],
  ])('of %s', async (host, query, status, message) => {
    const { root, url } = await setup();
    const report = await doctor({ root, migrationsFolder: root, database: url(host, query()) });
    expect(report.checks.find(({ id }) => id === 'tls')).toMatchObject({
      status,
      message: expect.stringMatching(message),
      details: [expect.stringMatching(/^certificate of localhost, by ours, valid until /)],
    });
  });

  test('by another authority there is no connection, and the certificate is told all the same', async () => {
    const { root, url } = await setup();
    const report = await doctor({
      root,
      migrationsFolder: root,
      database: url('localhost', `sslmode=verify-full&${authority('other')}`),
    });
    expect(report.exitCode).toBe(4);
    expect(report.checks.find(({ id }) => id === 'tls')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(
        /^The certificate of the server cannot be traced to an authority that is known here/,
      ),
      details: [expect.stringMatching(/^certificate of localhost, by ours/)],
    });
  });

  test('by another name there is none either, unless names are not compared', async () => {
    const { root, url } = await setup();
    const tls = async (mode: string) => {
      const database = url('127.0.0.1', `sslmode=${mode}&${authority('ours')}`);
      const { checks } = await doctor({ root, migrationsFolder: root, database });
      return checks.flatMap(({ id, status, message }) =>
        ['connection', 'tls'].includes(id) ? [`${status} ${message}`] : [],
      );
    };
    expect(await tls('verify-full')).toEqual([
      expect.stringMatching(/^fail The TLS connection failed: /),
      expect.stringMatching(/^fail The certificate of the server is not one for `127\.0\.0\.1`: /),
    ]);
    expect(await tls('verify-ca')).toEqual([
      expect.stringMatching(/^ok /),
      expect.stringMatching(/^warn The certificate of the server expires in \d days/),
    ]);
  });

  test('by a unix socket there is none', async () => {
    const { root, socket } = await setup();
    const report = await doctor({ root, migrationsFolder: root, database: socket });
    expect(report.checks.find(({ id }) => id === 'tls')).toMatchObject({
      status: 'ok',
      message: 'Not needed: the connection is a unix socket of this machine.',
    });
  });
});
