import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readEverything } from '../setup/catalog.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, createRole, type TestDatabase } from '../setup/database.js';
import { makeFolder, makeProject, writeFiles } from '../setup/project.js';

const MIGRATIONS = { '0000_songs': 'create table songs (id int);', '0001_plays': 'create table plays (id int);' };
const JOURNAL = 'drizzle/meta/_journal.json';

async function setup(migrations: Record<string, string> = MIGRATIONS) {
  const database = await createDatabase();
  return { database, project: makeProject(database, migrations) };
}

interface Refusal {
  readonly database?: TestDatabase;
  readonly commands?: readonly string[];
  readonly secrets?: readonly string[];
}

/**
 * What a user sees: the exit code and the text. Every command given says the same, `--json` has the same code in one
 * document, no password is in it, and the database is as it was.
 */
async function refusal(root: string, options: Refusal = {}): Promise<string> {
  const { database, commands = ['migrate', 'migrate --dry-run', 'status'], secrets = [] } = options;
  const before = database && (await readEverything(database));
  const shown = new Set<string>();
  for (const command of commands) {
    const text = await runCli(root, ...command.split(' '));
    const json = await runCli(root, ...command.split(' '), '--json');
    for (const secret of secrets) expect(text.out + text.err + json.out + json.err).not.toContain(secret);
    expect(text.out).toBe('');
    expect([json.exitCode, json.err]).toEqual([text.exitCode, '']);
    expect(json.json).toMatchObject({ ok: false, error: { exitCode: text.exitCode, fix: expect.stringMatching(/./) } });
    expect(text.err).toContain(`[${(json.json.error as { code: string }).code}]`);
    shown.add(`exit ${text.exitCode}\n${text.shown}`);
  }
  if (database) expect(await readEverything(database)).toEqual(before);
  expect([...shown]).toHaveLength(1);
  return [...shown].join('');
}

const config = (root: string, name: string, text: unknown) => {
  rmSync(join(root, 'drizzle.config.json'), { force: true });
  writeFiles(root, { [name]: text });
};

describe('the database of a run', () => {
  test('an empty --url is not "no url": another database would be taken', async () => {
    const root = makeFolder();
    config(root, 'drizzle.config.json', { dialect: 'postgresql', out: './drizzle' });
    for (const argv of [
      ['migrate', '--url', ''],
      ['status', '--url', ''],
      ['db', 'url', '--url', ''],
    ]) {
      const run = await runCli(root, ...argv);
      expect([run.exitCode, run.err]).toEqual([2, expect.stringContaining('`--url` is empty.')]);
    }
  });

  test('an empty DATABASE_URL, as CI makes of a missing secret, is refused', async () => {
    const root = makeFolder();
    config(root, 'drizzle.config.json', { dialect: 'postgresql', out: './drizzle' });
    process.env.DATABASE_URL = '';
    try {
      expect(await refusal(root)).toMatchInlineSnapshot(`
        "exit 2
        ✗ DATABASE_URL is set, but empty. [no-database-url]
          at the environment
          Next: Give it the URL of your database, or unset it to use the embedded Postgres.
        "
      `);
    } finally {
      delete process.env.DATABASE_URL;
    }
  });
});

describe('a migrations folder', () => {
  test('that is not there stops a run; status says so and is not up to date', async () => {
    const database = await createDatabase();
    const root = withUrl(database.url);
    rmSync(join(root, 'drizzle'), { recursive: true });
    expect(await refusal(root, { database, commands: ['migrate', 'migrate --dry-run'] })).toMatchInlineSnapshot(`
      "exit 3
      ✗ There are no migrations: the folder has no journal. [journal-missing]
        at drizzle/meta/_journal.json
        Nothing was changed.
        Next: Make the first one with \`migrator generate\`; if there are some, correct \`out\` in drizzle.config.ts, or copy the folder to this machine.
      "
    `);
    const status = await runCli(root, 'status', '--check');
    expect([status.exitCode, status.shown]).toMatchInlineSnapshot(`
      [
        5,
        "Database user@host:5432/database

      No migrations.

      No journal in the migrations folder: make the first migration, or correct \`out\` in drizzle.config.ts.
      ",
      ]
    `);
  });

  test('with COPY FROM STDIN is refused before anything runs', async () => {
    const database = await createDatabase();
    const root = withUrl(database.url);
    const journal = {
      version: '7',
      dialect: 'postgresql',
      entries: [{ idx: 0, version: '7', when: 1, tag: '0000_a', breakpoints: true }],
    };
    writeFiles(root, {
      'drizzle/meta/_journal.json': journal,
      'drizzle/0000_a.sql': 'create table n (i int);\nCOPY n FROM STDIN;\n',
    });
    const run = await runCli(root, 'migrate');
    expect([run.exitCode, run.err]).toEqual([3, expect.stringContaining('drizzle/0000_a.sql:2')]);
    expect(run.err).toContain('[copy-needs-client]');
  });
});

describe('a config', () => {
  test('that is not there', async () => {
    expect(await refusal(makeFolder())).toMatchInlineSnapshot(`
      "exit 2
      ✗ There is no drizzle.config.ts in this folder or above it. [no-config]
        at <project>
        Next: Run the command in a folder that has one, or name it with \`--config path/to/drizzle.config.ts\`.
      "
    `);
  });

  test('that is not there, but further down', async () => {
    const root = makeFolder();
    writeFiles(root, { 'packages/db/drizzle.config.ts': '', 'node_modules/x/drizzle.config.ts': '' });
    expect(await refusal(root)).toMatchInlineSnapshot(`
      "exit 2
      ✗ There is no drizzle.config.ts in this folder or above it. [no-config]
        at <project>
        Next: Name one with \`--config packages/db/drizzle.config.ts\`, or run the command in its folder.
      "
    `);
  });

  test('that --config names and is not there', async () => {
    const { project } = await setup();
    expect(await refusal(project.root, { commands: ['migrate --config other.ts'] })).toMatchInlineSnapshot(`
      "exit 2
      ✗ There is no config file \`other.ts\`. [no-config]
        at <project>/other.ts
        Next: Correct \`--config\`, or leave it out to use the nearest drizzle.config.ts.
      "
    `);
  });

  test('that throws', async () => {
    const { database, project } = await setup();
    config(
      project.root,
      'drizzle.config.ts',
      `const url: string = 'x';\n\nthrow new Error('no vault token');\nexport default { url };\n`,
    );
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config cannot be loaded: no vault token [config-failed]
        at <project>/drizzle.config.ts:3
        Next: Correct the file; \`npx tsx\` on it shows the same error with its full trace.
      "
    `);
  });

  test('that throws a URL with a password', async () => {
    const { project } = await setup();
    config(project.root, 'drizzle.config.ts', `throw new Error('cannot parse postgresql://me:hunter2@db:5432/x');\n`);
    expect(await refusal(project.root, { secrets: ['hunter2'] })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config cannot be loaded: cannot parse postgresql://me:***@db:5432/x [config-failed]
        at <project>/drizzle.config.ts:1
        Next: Correct the file; \`npx tsx\` on it shows the same error with its full trace.
      "
    `);
  });

  test('that is not TypeScript', async () => {
    const { database, project } = await setup();
    config(project.root, 'drizzle.config.ts', `export default {\n  dialect: 'postgresql'\n  out: './drizzle',\n};\n`);
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config cannot be loaded: Expected "}" but found "out" [config-failed]
        at <project>/drizzle.config.ts:3
        Next: Correct the file; \`npx tsx\` on it shows the same error with its full trace.
      "
    `);
  });

  test('that imports what is not installed', async () => {
    const { project } = await setup();
    config(project.root, 'drizzle.config.ts', `import 'not-installed';\nexport default { dialect: 'postgresql' };\n`);
    expect(await refusal(project.root)).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config cannot be loaded: Cannot find package 'not-installed' imported from <project>/drizzle.config.ts [config-failed]
        at <project>/drizzle.config.ts:1
        Next: Correct the file; \`npx tsx\` on it shows the same error with its full trace.
      "
    `);
  });

  test('that is not JSON', async () => {
    const { project } = await setup();
    config(project.root, 'drizzle.config.json', '{ "dialect": "postgresql", }');
    // The rest is Node's, and differs from version to version.
    expect(await refusal(project.root)).toMatch(
      /^exit 2\n✗ The config cannot be loaded: .*JSON.* \[config-failed\]\n {2}at <project>\/drizzle\.config\.json\n/,
    );
  });

  test('for another dialect', async () => {
    const { database, project } = await setup();
    config(project.root, 'drizzle.config.json', {
      dialect: 'mysql',
      dbCredentials: { url: 'mysql://me:hunter2@db/x' },
    });
    expect(await refusal(project.root, { database, secrets: ['hunter2'] })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config is for dialect \`mysql\`; migrator knows PostgreSQL only. [unsupported-dialect]
        at <project>/drizzle.config.json
        Next: Set \`dialect: 'postgresql'\`.
      "
    `);
  });

  test('without a dialect', async () => {
    const { project } = await setup();
    config(project.root, 'drizzle.config.json', {});
    expect(await refusal(project.root)).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config names no dialect. [unsupported-dialect]
        at <project>/drizzle.config.json
        Next: Set \`dialect: 'postgresql'\`.
      "
    `);
  });

  test('with several faults: all are told', async () => {
    const { project } = await setup();
    config(project.root, 'drizzle.config.json', {
      dialect: 'postgresql',
      driver: 'pglite',
      out: 7,
      migrations: { table: false, schema: [] },
      dbCredentials: { url: 'mysql://me:hunter2@db/x' },
    });
    expect(await refusal(project.root, { secrets: ['hunter2'] })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config has 5 faults. [invalid-config]
        at <project>/drizzle.config.json

        - \`driver: 'pglite'\` is not a server that migrator can connect to; leave \`driver\` out.
        - \`migrations.table\` must be a string, not boolean.
        - \`migrations.schema\` must be a string, not object.
        - \`out\` must be a string, not number.
        - The database URL is not a PostgreSQL URL. Write it as \`postgresql://user:***@host:5432/database\`; characters such as @ / : # in the password must be percent-encoded. (DATABASE_URL, \`--url\` or \`dbCredentials.url\`)

        Next: Correct them; https://orm.drizzle.team/docs/drizzle-config-file describes the fields.
      "
    `);
  });

  test('with a URL whose password is not encoded', async () => {
    const { project } = await setup();
    config(project.root, 'drizzle.config.json', {
      dialect: 'postgresql',
      dbCredentials: { url: 'postgresql://me:hunter2/and#more@db:5432/x' },
    });
    const text = await refusal(project.root, { commands: ['migrate'], secrets: ['hunter2', 'and#more'] });
    expect(text).toMatchInlineSnapshot(`
      "exit 2
      ✗ The config has a fault. [invalid-config]
        at <project>/drizzle.config.json

        - The database URL is not a PostgreSQL URL. Write it as \`postgresql://user:***@host:5432/database\`; characters such as @ / : # in the password must be percent-encoded. (DATABASE_URL, \`--url\` or \`dbCredentials.url\`)

        Next: Correct it; https://orm.drizzle.team/docs/drizzle-config-file describes the fields.
      "
    `);
  });

  test('without a database, in production', async () => {
    const root = makeFolder();
    writeFiles(root, { 'drizzle.config.json': { dialect: 'postgresql' } });
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await refusal(root)).toMatchInlineSnapshot(`
      "exit 2
      ✗ No database is configured, and NODE_ENV is \`production\`: the embedded Postgres is for development only. [no-database-url]
        at <project>/drizzle.config.json
        Next: Set DATABASE_URL, or pass \`--url\`.
      "
    `);
  });
});

describe('a journal', () => {
  test('that is missing beside SQL files', async () => {
    const { database, project } = await setup();
    rmSync(join(project.root, JOURNAL));
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 3
      ✗ 2 SQL files but no journal: without meta/_journal.json nothing says which of them run, and in what order. [journal-missing]
        at drizzle/meta/_journal.json
        Next: Restore it from version control (\`git checkout -- drizzle/meta/_journal.json\`), let \`migrator repair\` make one, or point \`out\` in drizzle.config.ts at the folder that has one.
      "
    `);
  });

  test('with a comma too many', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: '{\n  "version": "7",\n  "entries": [\n    {},\n  ]\n}' });
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 3
      ✗ The journal is not valid JSON: a comma too many. [journal-malformed]
        at drizzle/meta/_journal.json:4
        Next: Run \`migrator repair\`, or remove the comma before the closing bracket.
      "
    `);
  });

  test('with the marks of a merge', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, {
      [JOURNAL]: '{\n  "entries": [\n<<<<<<< HEAD\n    {}\n=======\n    {}\n>>>>>>> other\n  ]\n}',
    });
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 3
      ✗ The journal holds the marks of an unresolved merge. [journal-malformed]
        at drizzle/meta/_journal.json:3
        Next: Run \`migrator rebase\`: it keeps the entries of both sides, one behind the other.
      "
    `);
  });

  test('that ends in the middle', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: '{\n  "version": "7",\n  "entries": [\n    { "idx": 0' });
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 3
      ✗ The journal is not valid JSON: it ends in the middle. [journal-malformed]
        at drizzle/meta/_journal.json:4
        Next: Restore it: \`git checkout -- drizzle/meta/_journal.json\`; or run \`migrator repair\`, which keeps the entries that can be read.
      "
    `);
  });

  test('that is empty', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: '' });
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 3
      ✗ The journal is not valid JSON: it is empty. [journal-malformed]
        at drizzle/meta/_journal.json
        Next: Restore it: \`git checkout -- drizzle/meta/_journal.json\`; or run \`migrator repair\`, which keeps the entries that can be read.
      "
    `);
  });

  test('that is some other JSON', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: '[]' });
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 3
      ✗ The journal is not an object with a list of \`entries\`. [journal-malformed]
        at drizzle/meta/_journal.json
        Next: Restore it from version control: \`git checkout -- drizzle/meta/_journal.json\`.
      "
    `);
  });

  test.each([
    ['4', 'Run `npx drizzle-kit up` to bring the folder up to date.'],
    ['8', 'Update @melodia/migrator.'],
  ])('of version %s', async (version, fix) => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: { version, dialect: 'postgresql', entries: [] } });
    expect(await refusal(project.root, { database })).toBe(
      `exit 3\n✗ The journal has version ${version}; this release reads 5, 6, 7. [journal-version]\n  at ${JOURNAL}\n  Next: ${fix}\n`,
    );
  });

  test('of another dialect', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: { version: '7', dialect: 'mysql', entries: [] } });
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The journal belongs to dialect \`mysql\`; migrator knows PostgreSQL only. [unsupported-dialect]
        at drizzle/meta/_journal.json
        Next: Point \`out\` in drizzle.config.ts at a folder of PostgreSQL migrations.
      "
    `);
  });

  test('with an entry that names no file', async () => {
    const { database, project } = await setup();
    writeFiles(project.root, { [JOURNAL]: { version: '7', dialect: 'postgresql', entries: [{ idx: 0, when: 1 }] } });
    expect(await refusal(project.root, { database, commands: ['migrate'] })).toMatchInlineSnapshot(`
      "exit 3
      ✗ Refused: one finding stands in the way. [refused]

        ✗ Entry 0 of the journal has no time, or no tag that names a file of the folder: {"idx":0,"when":1} [invalid-entry]
          at drizzle/meta/_journal.json:5
          drizzle-kit looks for a file called \`undefined.sql\`, or writes a row without a time, and says nothing.
          Fix: Run \`migrator repair\`: it gives the entry the file or the time that it means, or drops it.

        Nothing was changed.
      "
    `);
  });

  test('with an entry whose file is gone', async () => {
    const { database, project } = await setup();
    rmSync(join(project.root, 'drizzle/0001_plays.sql'));
    expect(await refusal(project.root, { database, commands: ['migrate'] })).toMatchInlineSnapshot(`
      "exit 3
      ✗ Refused: one finding stands in the way. [refused]

        ✗ The journal lists \`0001_plays\`, but its file does not exist. [file-missing]
          at drizzle/0001_plays.sql
          drizzle-kit stops without a word, even where the migration is applied already. No new database can be made.
          Fix: Run \`migrator repair\`: it restores the file from git or from the log, or drops the entry if nobody can have applied it; where it finds no text, it says who else may have one. \`git log --all -- drizzle/0001_plays.sql\` shows the commits that had it; \`migrator repair --drop-entry 0001_plays\` drops the entry in any case.

        Nothing was changed; 1 migration is not applied.
      "
    `);
    const dryRun = await runCli(project.root, 'migrate', '--dry-run');
    expect([dryRun.exitCode, dryRun.shown]).toEqual([3, expect.stringContaining('[file-missing]')]);
  });

  test('that cannot be read', async () => {
    const { database, project } = await setup();
    rmSync(join(project.root, JOURNAL));
    mkdirSync(join(project.root, JOURNAL));
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 2
      ✗ The migrations cannot be read: EISDIR: illegal operation on a directory, read [folder-unreadable]
        at <project>/drizzle/meta/_journal.json
        Next: Check that \`out\` in drizzle.config.ts names a folder, and that you may read it.
      "
    `);
  });

  test('below a file instead of a folder', async () => {
    const { project } = await setup();
    rmSync(join(project.root, 'drizzle'), { recursive: true });
    writeFiles(project.root, { drizzle: 'a file' });
    expect(await refusal(project.root)).toMatchInlineSnapshot(`
      "exit 2
      ✗ The migrations cannot be read: ENOTDIR: not a directory, scandir '<project>/drizzle' [folder-unreadable]
        at <project>/drizzle
        Next: Check that \`out\` in drizzle.config.ts names a folder, and that you may read it.
      "
    `);
  });
});

/** A program that listens and is no Postgres. */
async function impostor(greet: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    greet(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

function portOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address ? String(address.port) : '';
}

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const SECRET = 'hunter2';
const urlOf = (port: string, query = '') => `postgresql://me:${SECRET}@127.0.0.1:${port}/songs${query}`;
const withUrl = (url: string) => makeProject({ url }, MIGRATIONS).root;

describe('a server', () => {
  test('where nobody listens', async () => {
    const root = withUrl(urlOf(await closedPort()));
    expect(await refusal(root, { secrets: [SECRET] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ Nothing listens there: the connection was refused. [connection-failed]
        at user@host:5432/database
        Next: Start the server, or correct host and port of the database URL.
      "
    `);
  });

  test('that is silent', async () => {
    const root = withUrl(urlOf(await impostor(() => {}), '?connect_timeout=1'));
    expect(await refusal(root, { secrets: [SECRET], commands: ['migrate'] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ No answer within 5 ms. [connection-failed]
        at user@host:5432/database
        Next: Check host, port and firewall; a slow link can be given more time with \`?connect_timeout=30\`.
      "
    `);
  });

  test.each<[string, (socket: Socket) => void]>([
    ['hangs up at once', (socket) => void socket.destroy()],
    ['speaks another language', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('that %s', async (_, greet) => {
    const root = withUrl(urlOf(await impostor(greet)));
    expect(await refusal(root, { secrets: [SECRET] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ Something listens there, but it closed the connection before the login was done. [connection-failed]
        at user@host:5432/database
        Next: Check that host and port are those of a PostgreSQL server, and that a tunnel or proxy in between has one behind it.
      "
    `);
  });

  test('whose name does not exist', async () => {
    const root = withUrl(`postgresql://me:${SECRET}@does-not-exist.invalid/songs`);
    expect(await refusal(root, { secrets: [SECRET], commands: ['migrate'] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The host name cannot be resolved. [connection-failed]
        at me@does-not-exist.invalid:5432/songs
        Next: Correct the host in the database URL; check DNS and VPN.
      "
    `);
  });

  test('that has no such socket', async () => {
    const root = withUrl(`postgresql://me:${SECRET}@%2Fnowhere/songs`);
    expect(await refusal(root, { secrets: [SECRET], commands: ['migrate'] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ There is no unix socket at that place. [connection-failed]
        at me@/nowhere:5432/songs
        Next: Start the server, or correct the socket folder in the database URL.
      "
    `);
  });

  test('with another password', async () => {
    const database = await createDatabase();
    const [method] = await database.query(`select current_setting('password_encryption') as name`);
    expect(method).toEqual({ name: 'scram-sha-256' });
    const root = withUrl(database.as('postgres', SECRET));
    expect(await refusal(root, { database, secrets: [SECRET] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The server refused the login of \`postgres\`: password authentication failed for user "postgres" [authentication-failed]
        at user@host:5432/database
        Next: Check user and password of the database URL; special characters in the password must be percent-encoded.
      "
    `);
  });

  test('that wants a password where none is given', async () => {
    const database = await createDatabase();
    const root = withUrl(database.as('postgres', ''));
    expect(await refusal(root, { database })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The server refused the login of \`postgres\`: password authentication failed for user "postgres" [authentication-failed]
        at user@host:5432/database
        Next: The database URL has no password: add one, or set PGPASSWORD. If the server asks for TLS, add \`?sslmode=require\`.
      "
    `);
  });

  test('without that role', async () => {
    const database = await createDatabase();
    const root = withUrl(database.as('nobody_here', SECRET));
    expect(await refusal(root, { database, secrets: [SECRET] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The server refused the login of \`nobody_here\`: password authentication failed for user "nobody_here" [authentication-failed]
        at user@host:5432/database
        Next: Check user and password of the database URL; special characters in the password must be percent-encoded.
      "
    `);
  });

  test('without that database', async () => {
    const database = await createDatabase();
    const root = withUrl(database.url.replace(database.name, 'no_such_database'));
    expect(await refusal(root)).toMatchInlineSnapshot(`
      "exit 4
      ✗ The server has no database \`no_such_database\`. [database-missing]
        at user@host:5432/database
        Next: Create it (\`createdb no_such_database\`), or correct the name at the end of the database URL.
      "
    `);
  });

  test('without TLS where the URL asks for it', async () => {
    const database = await createDatabase();
    const root = withUrl(`${database.url}?sslmode=require`);
    expect(await refusal(root, { database, commands: ['migrate'] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The URL asks for TLS, and the server broke off where it would begin: it offers none. [connection-failed]
        at user@host:5432/database
        Next: Take \`sslmode\` out of the database URL, or turn TLS on in the server (\`ssl = on\`).
      "
    `);
  });

  test('whose tracking table is another thing', async () => {
    const { database, project } = await setup();
    await database.query('create schema drizzle; create table drizzle.__drizzle_migrations (name text, batch int)');
    expect(await refusal(project.root, { database })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The tracking table does not have drizzle's columns (id, hash, created_at): column "id" does not exist. [tracking-table-invalid]
        at drizzle.__drizzle_migrations
        Next: Name the right table in \`migrations.table\` and \`migrations.schema\` of drizzle.config.ts.
      "
    `);
  });
});

describe('a role', () => {
  test('that may not create in the database: migrate says which grant is missing, the rest works', async () => {
    const { database } = await setup();
    const role = await createRole(database);
    const root = withUrl(database.as(role.name, role.password));
    const text = await refusal(root, { database, commands: ['migrate'], secrets: [role.password] });
    expect(text.replaceAll(role.name, '<role>').replaceAll(database.name, '<database>')).toMatchInlineSnapshot(`
      "exit 4
      ✗ The role may not make the tracking tables: permission denied for database <database>. [permission-denied]
        at schema drizzle
        Nothing was changed.
        Next: Let an owner run \`create schema drizzle authorization <role>\`, or \`grant create on database <name> to <role>\`.
      "
    `);
    expect((await runCli(root, 'status', '--check')).exitCode).toBe(5);
    expect((await runCli(root, 'migrate', '--dry-run')).exitCode).toBe(0);
  });

  test('that may not create, on an up-to-date database: everything works and nothing is written', async () => {
    const { database, project } = await setup();
    await runCli(project.root, 'migrate');
    const role = await createRole(database);
    await database.query(
      `grant usage on schema drizzle to ${role.name}; grant select on drizzle.__drizzle_migrations to ${role.name}`,
    );
    const root = withUrl(database.as(role.name, role.password));
    const before = await readEverything(database);
    expect(await runCli(root, 'status', '--check')).toMatchObject({ exitCode: 0, err: '' });
    expect(await runCli(root, 'migrate', '--dry-run')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^-- Database .*\nNothing to apply\.\n$/),
      err: '',
    });
    expect(await runCli(root, 'migrate')).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^Database .*\nUp to date: nothing to apply\.\n$/),
      err: '',
    });
    expect(await readEverything(database)).toEqual(before);
  });

  test('that may not even read the tracking table', async () => {
    const { database, project } = await setup();
    await runCli(project.root, 'migrate');
    const role = await createRole(database);
    const root = withUrl(database.as(role.name, role.password));
    expect(await refusal(root, { database, secrets: [role.password] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The tracking table may not be read: permission denied for schema drizzle. [permission-denied]
        at drizzle.__drizzle_migrations
        Next: Grant it: \`grant usage on schema drizzle to <role>; grant select, insert, update, delete on all tables in schema drizzle to <role>\`.
      "
    `);
  });

  test('that may write the tracking tables but not what the migration makes', async () => {
    const { database } = await setup();
    const role = await createRole(database);
    await database.query(`grant create on database ${database.name} to ${role.name}`);
    const run = await runCli(withUrl(database.as(role.name, role.password)), 'migrate');
    expect(run.exitCode).toBe(4);
    expect(run.out + run.err).not.toContain(role.password);
    expect(run.shown).toMatchInlineSnapshot(`
      "Database user@host:5432/database
      2 migrations to apply, 2 statements
        ✗ 0000_songs
      ✗ \`0000_songs\` failed in statement 1 of 1: permission denied for schema public (42501) [statement-failed]
        at drizzle/0000_songs.sql:1:14

        > 1 | create table songs (id int);
            |              ^

        Nothing of this migration was kept. No migration was applied by this run; not run: 1.
        Next: Run it as a role that owns the objects, or grant that right to this one.
      "
    `);
    expect(await database.query('select * from drizzle.__drizzle_migrations')).toEqual([]);
  });

  test('whose sessions are read-only: migrate says so, the rest works', async () => {
    const { database } = await setup();
    const role = await createRole(database, 'superuser');
    await database.query(`alter role ${role.name} set default_transaction_read_only = on`);
    const root = withUrl(database.as(role.name, role.password));
    expect(await refusal(root, { database, commands: ['migrate'], secrets: [role.password] })).toMatchInlineSnapshot(`
      "exit 4
      ✗ The session is read-only (\`default_transaction_read_only\`): it takes no writes. [read-only-database]
        Nothing was changed; 2 to apply, from \`0000_songs\` on.
        Next: Use a role without \`default_transaction_read_only\`.
      "
    `);
    expect((await runCli(root, 'status', '--check')).exitCode).toBe(5);
    expect((await runCli(root, 'migrate', '--dry-run')).exitCode).toBe(0);
  });

  test('whose sessions are read-only, on an up-to-date database: everything works', async () => {
    const { database, project } = await setup();
    await runCli(project.root, 'migrate');
    const role = await createRole(database, 'superuser');
    await database.query(`alter role ${role.name} set default_transaction_read_only = on`);
    const root = withUrl(database.as(role.name, role.password));
    const before = await readEverything(database);
    expect(await runCli(root, 'status', '--check')).toMatchObject({ exitCode: 0, err: '' });
    expect(await runCli(root, 'migrate')).toMatchObject({ exitCode: 0, err: '' });
    expect(await readEverything(database)).toEqual(before);
  });
});

describe('a command line', () => {
  const usage = async (...argv: string[]) => {
    const { exitCode, out, shown } = await runCli(makeFolder(), ...argv);
    expect(out).toBe('');
    return `exit ${exitCode}\n${shown}`;
  };
  test.each([
    [[], 'No command was given.', '`migrator --help` lists all commands.'],
    [['migrat'], "unknown command 'migrat' (Did you mean migrate?)", undefined],
    [['migrate', '--forse'], "unknown option '--forse' (Did you mean --force?)", undefined],
    [['migrate', 'now'], "too many arguments for 'migrate'. Expected 0 arguments but got 1.", undefined],
    [['migrate', '--to'], "option '--to <tag>' argument missing", undefined],
    [
      ['migrate', '--lock-wait', 'long'],
      '`--lock-wait long` is not a duration.',
      'Write a number with a unit: `--lock-wait 500ms`, `--lock-wait 30s`, `--lock-wait 5m`.',
    ],
    [['migrate', '--lock-retries', '-1'], '`--lock-retries -1` is not a number.', 'Write `--lock-retries 3`.'],
  ])('%j', async (argv, message, fix = '`migrator --help`, or `migrator <command> --help`, shows what there is.') => {
    expect(await usage(...argv)).toBe(`exit 2\n✗ ${message} [wrong-usage]\n  Next: ${fix}\n`);
  });

  test('that names an unknown migration', async () => {
    const { database, project } = await setup();
    expect(
      await refusal(project.root, {
        database,
        commands: ['migrate --to 0001_play', 'migrate --dry-run --to 0001_play'],
      }),
    ).toMatchInlineSnapshot(`
      "exit 2
      ✗ There is no migration \`0001_play\`. [unknown-migration]
        at <project>/drizzle
        Next: Did you mean \`0001_plays\`? \`migrator status\` lists all of them.
      "
    `);
  });

  test('that asks for help gets it, with exit code 0', async () => {
    for (const argv of [['--help'], ['migrate', '--help'], ['--version']]) {
      const run = await runCli(makeFolder(), ...argv);
      expect([run.exitCode, run.err]).toEqual([0, '']);
      expect(run.out).not.toBe('');
    }
  });
});
