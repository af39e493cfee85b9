import postgres from 'postgres';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrate, plan } from '../../src/api/migrate.js';
import { part, planPart } from '../../src/api/part.js';
import type { Project } from '../../src/api/project.js';
import { listParked, purge } from '../../src/api/purge.js';
import { planRollback, rollback } from '../../src/api/rollback.js';
import { status } from '../../src/api/status.js';
import { executorName } from '../../src/database/orphans.js';
import { openTrash, parkColumn } from '../../src/recoverable/index.js';
import { failureOf, runCli } from '../setup/cli.js';
import { createDatabase, type TestDatabase } from '../setup/database.js';
import { drizzleOrmMigrate } from '../setup/drizzle-kit.js';
import { FIRST, type MigrationFile, makeProject, writeFiles } from '../setup/project.js';

const tableSql = (name: string) => `CREATE TABLE "${name}" ("id" serial PRIMARY KEY);`;

/** Migrations of one project: a table each, `offset` minutes after those of the other. */
function history(project: string, count: number, offset = 0): MigrationFile[] {
  return Array.from({ length: count }, (_, index) => ({
    tag: `000${index}_${project}`,
    sql: tableSql(`${project}_${index}`),
    when: FIRST + (index * 10 + offset) * 60_000,
  }));
}

function downsOf(migrations: readonly MigrationFile[]): Record<string, string> {
  return Object.fromEntries(
    migrations.map(({ tag, sql }) => [`drizzle/${tag}.down.sql`, `DROP TABLE ${/"\w+"/.exec(sql)?.[0]};`]),
  );
}

function makeOwner(
  database: TestDatabase,
  name: string,
  migrations: readonly MigrationFile[],
  tracking: Pick<Project, 'migrationsSchema' | 'migrationsTable'> = {},
) {
  const project = makeProject(database, migrations);
  writeFiles(project.root, { ...downsOf(migrations), 'package.json': { name } });
  return { ...project, ...tracking };
}

const done = async (project: Project) =>
  (await status(project)).comparison.statuses.map(({ migration, state }) => `${migration.tag} ${state}`);

const SETUPS = [
  {
    what: 'a table of its own each, in one schema',
    shop: { migrationsTable: 'shop' },
    blog: { migrationsTable: 'blog' },
  },
  { what: 'a schema of its own each, with tables of one name', shop: {}, blog: { migrationsSchema: 'blog' } },
] as const;

describe.each(SETUPS)('two projects with $what', (setup) => {
  test('are migrated at the same time from nothing, rolled back and migrated again, and drizzle agrees', async () => {
    for (let round = 0; round < 5; round += 1) {
      const database = await createDatabase();
      // The same tags and times: nothing but the tables tells them apart.
      const shop = makeOwner(database, 'shop', history('shop', 3), setup.shop);
      const blog = makeOwner(database, 'blog', history('blog', 3), setup.blog);
      blog.write(history('blog', 3).map((entry) => ({ ...entry, tag: entry.tag.replace('blog', 'shop') })));
      writeFiles(
        blog.root,
        downsOf(history('blog', 3).map((entry) => ({ ...entry, tag: entry.tag.replace('blog', 'shop') }))),
      );
      await Promise.all([migrate(shop), migrate(blog), migrate(shop), migrate(blog)]);
      const reports = [await status(shop), await status(blog)];
      expect(reports.map(({ upToDate, findings }) => [upToDate, findings])).toEqual([
        [true, []],
        [true, []],
      ]);
      const [undone] = await Promise.all([rollback(shop, { steps: 2 }), migrate(blog)]);
      expect(undone.done.map(({ tag }) => tag)).toEqual(['0002_shop', '0001_shop']);
      expect(await done(blog)).toEqual(['0000_shop applied', '0001_shop applied', '0002_shop applied']);
      expect((await status(blog)).comparison.statuses.every(({ rolledBack }) => rolledBack === undefined)).toBe(true);
      await Promise.all([migrate(shop), rollback(blog)]);
      await drizzleOrmMigrate(shop.migrationsFolder, database.url, setup.shop);
      await drizzleOrmMigrate(blog.migrationsFolder, database.url, setup.blog);
      expect([(await status(shop)).upToDate, (await status(blog)).upToDate]).toEqual([true, true]);
    }
  });

  test('do not wait for each other, nor end what the other runs', async () => {
    const database = await createDatabase();
    const slow = makeOwner(
      database,
      'shop',
      [{ tag: '0000_slow', sql: `SELECT pg_sleep(1.5); ${tableSql('slow')}` }],
      setup.shop,
    );
    const fast = makeOwner(database, 'blog', history('blog', 2), setup.blog);
    const order: string[] = [];
    let started: () => void = () => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const first = migrate(slow, { onEvent: ({ type }) => type === 'step-started' && started() }).then(() =>
      order.push('slow'),
    );
    await running;
    await migrate(fast).then(() => order.push('fast'));
    await rollback(fast);
    await first;
    expect(order).toEqual(['fast', 'slow']);
    expect(await done(slow)).toEqual(['0000_slow applied']);
  });

  test('an orphan of one is no orphan of the other', async () => {
    const database = await createDatabase();
    const blog = makeOwner(database, 'blog', history('blog', 1), setup.blog);
    const names = { schema: 'drizzle', table: '__drizzle_migrations' };
    const shop = {
      schema: 'migrationsSchema' in setup.shop ? String(setup.shop.migrationsSchema) : names.schema,
      table: 'migrationsTable' in setup.shop ? setup.shop.migrationsTable : names.table,
    };
    const orphan = postgres(database.url, {
      max: 1,
      connection: { application_name: executorName(shop, '1.0.0') },
    });
    onTestFinished(() => orphan.end({ timeout: 1 }));
    const working = orphan`select pg_sleep(2), 'done' as state`;
    const ended = working.then(
      ([row]) => row?.state as string,
      () => 'cancelled',
    );
    await migrate(blog);
    expect(await ended).toBe('done');
  });

  test('purge what their own migrations have parked, and bring back what the other has not purged', async () => {
    const database = await createDatabase();
    const text = (statements: readonly string[]) =>
      statements.map((sql) => `${sql};`).join('\n--> statement-breakpoint\n');
    const owner = async (name: string, tracking: Pick<Project, 'migrationsSchema' | 'migrationsTable'>) => {
      const { up, down } = parkColumn(
        { migration: '0001_title' },
        { schema: 'public', table: name, column: 'title', notNull: false },
      );
      const project = makeOwner(
        database,
        name,
        [
          { tag: '0000_first', sql: `CREATE TABLE "${name}" ("id" int, "title" text);` },
          { tag: '0001_title', sql: text([...openTrash(), ...up]) },
        ],
        tracking,
      );
      writeFiles(project.root, { 'drizzle/0001_title.down.sql': text(down) });
      await migrate(project);
      return project;
    };
    const shop = await owner('shop', setup.shop);
    const blog = await owner('blog', setup.blog);
    expect((await listParked(shop)).map(({ name, isOurs }) => [name, isOurs])).toEqual([
      ['public.shop.title', true],
      ['public.blog.title', false],
    ]);
    writeFiles(shop.root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        out: './drizzle',
        migrations: { table: shop.migrationsTable, schema: shop.migrationsSchema },
        dbCredentials: { url: database.url },
      },
    });
    const purged = await runCli(shop.root, 'purge', '--older-than', '0s', '--yes');
    expect([purged.exitCode, purged.out]).toEqual([
      0,
      expect.stringContaining('1 drop parked by no migration of this project is left alone; `--all` takes it too.'),
    ]);
    expect((await planRollback(blog)).plan.findings).toEqual([]);
    await rollback(blog);
    expect(await done(blog)).toEqual(['0000_first applied', '0001_title pending']);
    expect(await failureOf(rollback(shop))).toMatchObject({ code: 'refused', findings: [{ code: 'purged' }] });
    // Also where the folder was squashed since: the log kept what it parked.
    await migrate(blog);
    blog.write([{ tag: '0000_squashed', sql: '' }]);
    expect((await listParked(blog)).map(({ name, isOurs }) => [name, isOurs])).toEqual([['public.blog.title', true]]);
    await purge(blog, { drops: await listParked(blog) });
    expect(await listParked(blog)).toEqual([]);
  });
});

/** Two projects that were not told to keep apart: times and rows interleave. */
async function sharing(byLog: boolean) {
  const database = await createDatabase();
  const shop = makeOwner(database, 'shop', history('shop', 2));
  const blog = makeOwner(database, 'blog', history('blog', 2, 5));
  const apply = (project: Project, to: string) =>
    byLog ? migrate(project, { to, outOfOrder: true }) : drizzleOrmMigrate(project.migrationsFolder, database.url);
  if (byLog) {
    await apply(shop, '0000_shop');
    await apply(blog, '0000_blog');
    await apply(shop, '0001_shop');
    await apply(blog, '0001_blog');
  } else {
    for (const [index, project] of [shop, blog, shop, blog].entries()) {
      const all = history(project === shop ? 'shop' : 'blog', 2, project === shop ? 0 : 5);
      project.write(all.slice(0, index < 2 ? 1 : 2));
      await apply(project, '');
    }
    writeFiles(shop.root, downsOf(history('shop', 2)));
    writeFiles(blog.root, downsOf(history('blog', 2)));
  }
  return { database, shop, blog };
}

describe('two projects that share one tracking table', () => {
  test('are told by the log, whose rows are whose', async () => {
    const { shop, blog } = await sharing(true);
    const findings = async (project: Project) => (await status(project)).findings;
    const rest = {
      code: 'shared-tracking-table',
      severity: 'warning',
      consequence:
        'drizzle-kit 0.31 looks at the newest row only, whoever wrote it: it skips each migration that is older than the newest of the other project, without a word.',
      fix: "Part them: in drizzle.config.ts of one project set `migrations: { table: '__drizzle_migrations_<name>' }`, then run `migrator part` there before anything else: it moves that project's rows.",
    };
    expect(await findings(shop)).toEqual([
      {
        ...rest,
        message:
          '2 rows (2, 4) of the tracking table were applied by another project (blog:drizzle): the two share the table.',
      },
    ]);
    expect(await findings(blog)).toEqual([
      {
        ...rest,
        message:
          '2 rows (1, 3) of the tracking table were applied by another project (shop:drizzle): the two share the table.',
      },
    ]);
    expect((await plan(shop)).findings.map(({ code }) => code)).toEqual(['shared-tracking-table']);
  });

  test('are not rolled back one by the other, although the log has the way back', async () => {
    const { database, shop } = await sharing(true);
    const error = await failureOf(rollback(shop, { steps: 2 }));
    expect([error.code, error.findings?.find(({ severity }) => severity === 'error')]).toEqual([
      'refused',
      {
        code: 'shared-tracking-table',
        severity: 'error',
        message:
          'Row 4 of the tracking table was applied by another project (blog:drizzle): it is not to be undone from here.',
        consequence: 'The two share the table, and the order of the rows is that of both.',
        fix: "Part them: in drizzle.config.ts of one project set `migrations: { table: '__drizzle_migrations_<name>' }`, then run `migrator part` there.",
      },
    ]);
    expect(await database.query('select id from drizzle.__drizzle_migrations')).toHaveLength(4);
  });

  test('without a log, rows that lie between raise the question; drizzle-kit really skips', async () => {
    const { database, shop, blog } = await sharing(false);
    expect((await status(shop)).findings.map(({ code, message }) => [code, message])).toEqual([
      [
        'shared-tracking-table',
        'Row 2 of the tracking table lies between those of this folder, and belongs to none of its migrations: another project may share the table, unless a file was removed or another branch was applied.',
      ],
      ['unknown-row', expect.stringContaining('Row 2 ')],
      ['unknown-row', expect.stringContaining('Row 4 ')],
    ]);
    shop.write(history('shop', 2).concat({ tag: '0002_skipped', sql: tableSql('skipped'), when: FIRST + 12 * 60_000 }));
    await drizzleOrmMigrate(shop.migrationsFolder, database.url);
    expect(await database.query(`select to_regclass('skipped') is null as skipped`)).toEqual([{ skipped: true }]);
    expect(await failureOf(migrate(shop))).toMatchObject({ code: 'refused' });
    expect((await status(blog)).comparison.statuses).toHaveLength(2);
  });

  test('a removed file in the order of the others, or rows ahead of the checkout, are not taken for a project', async () => {
    const { database, shop } = await sharing(true);
    await database.query(
      `delete from drizzle.__drizzle_migrations where id in (2, 4); truncate drizzle.__migrator_log`,
    );
    const ahead = makeOwner(database, 'shop', history('shop', 1));
    expect((await status(ahead)).findings.map(({ code }) => code)).toEqual(['unknown-row']);
    expect((await status(shop)).findings).toEqual([]);
  });
});

describe('migrator part', () => {
  const configure = (project: { readonly root: string }, database: TestDatabase, migrations: object) =>
    writeFiles(project.root, {
      'drizzle.config.json': {
        dialect: 'postgresql',
        out: './drizzle',
        migrations,
        dbCredentials: { url: database.url },
      },
    });

  test.each([
    { migrations: { table: 'blog_migrations' }, name: 'drizzle.blog_migrations' },
    { migrations: { schema: 'blog' }, name: 'blog.__drizzle_migrations' },
  ])(
    'moves the rows and the log of this folder to $name; both go on by themselves, and drizzle-kit too',
    async ({ migrations, name }) => {
      const { database, shop, blog } = await sharing(true);
      configure(blog, database, migrations);
      const text = `Database user@host:5432/database
From drizzle.__drizzle_migrations to ${name}, with their log:
  row 2  0000_blog
  row 4  0001_blog
2 rows of the other project stay in drizzle.__drizzle_migrations.
`;
      expect((await runCli(blog.root, 'part', '--dry-run')).shown).toBe(`${text}Nothing was changed.\n`);
      const asked = await runCli(blog.root, 'part');
      expect([asked.exitCode, asked.shown]).toEqual([2, expect.stringContaining('Pass `--yes` to do it.')]);
      expect((await runCli(blog.root, 'part', '--yes')).shown).toBe(
        `${text}Parted. Each project has a table of its own now.\n`,
      );
      const own = {
        ...blog,
        migrationsTable: 'table' in migrations ? migrations.table : undefined,
        migrationsSchema: 'schema' in migrations ? migrations.schema : undefined,
      };
      for (const project of [shop, own]) {
        const report = await status(project);
        expect([report.upToDate, report.findings]).toEqual([true, []]);
        expect(report.comparison.statuses.every(({ log }) => log?.finishedAt)).toBe(true);
      }
      shop.write(history('shop', 3));
      writeFiles(shop.root, downsOf(history('shop', 3)));
      own.write(history('blog', 3, 5));
      await drizzleOrmMigrate(own.migrationsFolder, database.url, own);
      await Promise.all([migrate(shop), migrate(own)]);
      await Promise.all([rollback(shop), migrate(own)]);
      await migrate(shop);
      expect(await done(own)).toEqual(['0000_blog applied', '0001_blog applied', '0002_blog applied']);
      expect(await done(shop)).toEqual(['0000_shop applied', '0001_shop applied', '0002_shop applied']);
      expect((await runCli(blog.root, 'part', '--yes')).exitCode).toBe(3);
    },
  );

  test('takes the log along, so that files that are gone can still be rolled back', async () => {
    const { blog, database } = await sharing(true);
    const own = { ...blog, migrationsTable: 'own' };
    await part(own, await planPart(own));
    blog.write(history('blog', 1, 5));
    const { done: undone } = await rollback(own);
    expect(undone.map(({ tag }) => tag)).toEqual(['0001_blog']);
    expect(await database.query(`select to_regclass('blog_1') is null as gone`)).toEqual([{ gone: true }]);
  });

  test('refuses the same table, one with rows, and a history that has moved; nothing is changed', async () => {
    const { database, shop, blog } = await sharing(true);
    const same = await runCli(blog.root, 'part', '--yes');
    expect(
      same.shown,
    ).toBe(`✗ This project is configured to use drizzle.__drizzle_migrations itself: there is nowhere to move its rows to. [wrong-usage]
  Next: First give it a table of its own in drizzle.config.ts: \`migrations: { table: '__drizzle_migrations_<name>' }\`.
`);
    expect((await runCli(blog.root, 'part', '--from', 'nonsense')).shown).toContain('names no table');
    const own = { ...blog, migrationsTable: 'own' };
    const planned = await planPart(own);
    await database.query(`delete from drizzle.__drizzle_migrations where id = 1`);
    const before = await database.query('select * from drizzle.__drizzle_migrations order by id');
    expect(await failureOf(part(own, planned))).toMatchObject({ code: 'history-moved' });
    expect(await database.query('select * from drizzle.__drizzle_migrations order by id')).toEqual(before);
    expect(await database.query(`select to_regclass('drizzle.own') is null as none`)).toEqual([{ none: true }]);
    await database.query('create table drizzle.own as select * from drizzle.__drizzle_migrations');
    expect(await failureOf(planPart(own))).toMatchObject({
      code: 'refused',
      message: 'drizzle.own has rows already: this project has been migrated there since.',
    });
    const alone = { ...makeOwner(database, 'other', history('other', 1, 3)), migrationsTable: 'other' };
    expect((await planPart(alone)).moves).toEqual([]);
    expect((await status(shop)).upToDate).toBe(false);
  });
});
