import { beforeAll, describe, expect, test } from 'vitest';
import { defineRule, emptySchema, type LintOptions, lint, lintFiles, rules } from '../../src/lint/index.js';
import { loadParser } from '../../src/sql/parse.js';

beforeAll(loadParser);

const SONGS = 'CREATE TABLE songs (id bigint PRIMARY KEY, title text, code varchar(20));';

/** What is found in the last of some migrations: `rule@line:column`. */
function found(files: readonly string[], options: Partial<LintOptions> = {}): string[] {
  return findings(files, options).map(({ code, severity, at }) => {
    const mark = severity === 'error' ? '' : ` ${severity}`;
    return `${code}@${at.line}:${at.column}${mark}`;
  });
}

function findings(files: readonly string[], options: Partial<LintOptions> = {}) {
  const migrations = files.map((sql, position) => ({
    tag: `000${position}_m`,
    position,
    idx: position,
    when: position,
    path: `000${position}_m.sql`,
    file: { sql, hash: '' },
  }));
  const last = files.length - 1;
  return lint(
    lintFiles(migrations, { isLinted: ({ position }) => position === last, serverVersion: 15, oneTransaction: false }),
    emptySchema(),
    { target: { major: 15 }, ...options },
  );
}

describe('a suppression', () => {
  const index = 'CREATE INDEX i ON songs (title);';
  test.each`
    name                                          | sql                                                                                                    | expected
    ${'at the top holds for the file'}            | ${`-- migrator: allow index-blocks-writes small\n${index}\n${index.replace(' i ', ' j ')}`}            | ${[]}
    ${'above a statement holds for it'}           | ${`SELECT 1;\n-- migrator: allow index-blocks-writes small\n${index}\n${index.replace(' i ', ' j ')}`} | ${['index-blocks-writes@4:19']}
    ${'behind a statement, on its line, too'}     | ${`SELECT 1;\n${index} -- migrator: allow index-blocks-writes small`}                                  | ${[]}
    ${'inside of a statement, too'}               | ${'SELECT 1;\nCREATE INDEX i -- migrator: allow index-blocks-writes: small\n ON songs (title);'}       | ${[]}
    ${'behind a breakpoint'}                      | ${`SELECT 1;--> statement-breakpoint\n-- migrator: allow index-blocks-writes small\n${index}`}         | ${[]}
    ${'in a string is none'}                      | ${`SELECT '\n-- migrator: allow index-blocks-writes small\n';\n${index}`}                              | ${['index-blocks-writes@4:19']}
    ${'without a reason suppresses, and is told'} | ${`SELECT 1;\n-- migrator: allow index-blocks-writes\n${index}`}                                       | ${['allow-without-reason@2:1 warning']}
    ${'of nothing is told'}                       | ${'-- migrator: allow drop-table gone\nSELECT 1;'}                                                     | ${['unused-suppression@1:1 warning']}
    ${'of no rule is told'}                       | ${'-- migrator: allow drop-tabel gone\nSELECT 1;'}                                                     | ${['unknown-suppression@1:1']}
    ${'of a rule that is off is not'}             | ${'-- migrator: allow serial old\nSELECT 1;'}                                                          | ${[]}
    ${'at the end of the file is told'}           | ${'SELECT 1;\n-- migrator: allow drop-table gone\n'}                                                   | ${['unused-suppression@2:1 warning']}
  `('$name', ({ sql, expected }) => {
    expect(found([SONGS, sql])).toEqual(expected);
  });

  test('names the rule that was meant', () => {
    expect(findings([SONGS, '-- migrator: allow drop-tabel gone\nSELECT 1;'])[0]?.message).toBe(
      'There is no rule `drop-tabel`; did you mean `drop-table`?',
    );
  });
});

describe('the severity', () => {
  const sql = 'CREATE INDEX i ON songs (title);';
  const size = (rows: number, bytes: number): Partial<LintOptions> => ({ sizes: { 'public.songs': { rows, bytes } } });
  test.each`
    name                                    | options                                                           | expected
    ${'is that of the rule'}                | ${{}}                                                             | ${['index-blocks-writes@1:19']}
    ${'is what the settings say'}           | ${{ rules: { 'index-blocks-writes': 'info' } }}                   | ${['index-blocks-writes@1:19 info']}
    ${'off'}                                | ${{ rules: { 'index-blocks-writes': 'off' } }}                    | ${[]}
    ${'off altogether'}                     | ${{ preset: 'off' }}                                              | ${[]}
    ${'one rule, all others off'}           | ${{ preset: 'off', rules: { 'index-blocks-writes': 'warning' } }} | ${['index-blocks-writes@1:19 warning']}
    ${'nothing where the table is empty'}   | ${size(0, 16_384)}                                                | ${[]}
    ${'a note where it is small'}           | ${size(500, 65_536)}                                              | ${['index-blocks-writes@1:19 info']}
    ${'all of it where it is large'}        | ${size(5e8, 4.4e10)}                                              | ${['index-blocks-writes@1:19']}
    ${'all of it where it was not counted'} | ${{ sizes: {} }}                                                  | ${['index-blocks-writes@1:19']}
  `('$name', ({ options, expected }) => {
    expect(found([SONGS, sql], options)).toEqual(expected);
  });

  test('the size is told, and the largest table comes first', () => {
    const both = `${SONGS}CREATE TABLE users (id bigint PRIMARY KEY, name text);`;
    const sizes = { 'public.songs': { rows: 1e5, bytes: 2e7 }, 'public.users': { rows: 1.2e8, bytes: 4.4e10 } };
    const list = findings([both, `${sql} CREATE INDEX j ON users (name);`], { sizes });
    expect(list.map(({ message }) => message)).toEqual([
      'Building this index keeps all writes to `users` waiting (41 GB, 120 million rows).',
      'Building this index keeps all writes to `songs` waiting (19 MB, 100000 rows).',
    ]);
  });
});

describe('what the earlier statements have made is known', () => {
  test.each`
    name                                     | files                                                                                                                                                                                   | expected
    ${'a table that nothing makes is there'} | ${['CREATE INDEX i ON elsewhere (a);']}                                                                                                                                                 | ${['index-blocks-writes@1:19']}
    ${'a new table'}                         | ${[`${SONGS}CREATE INDEX i ON songs (title);`]}                                                                                                                                         | ${[]}
    ${'a new table, in its schema'}          | ${['CREATE TABLE shop.songs (id int); CREATE INDEX i ON songs (id);']}                                                                                                                  | ${['index-blocks-writes@1:53']}
    ${'a new table under another name'}      | ${[`${SONGS}ALTER TABLE songs RENAME TO tracks; CREATE INDEX i ON tracks (title);`]}                                                                                                    | ${[]}
    ${'a renamed column keeps its type'}     | ${[SONGS, 'ALTER TABLE songs RENAME COLUMN code TO isrc;', 'ALTER TABLE songs ALTER COLUMN isrc TYPE varchar(40);']}                                                                    | ${[]}
    ${'a changed type'}                      | ${[SONGS, 'ALTER TABLE songs ALTER COLUMN code TYPE text;', 'ALTER TABLE songs ALTER COLUMN code TYPE varchar(20);']}                                                                   | ${['type-change-rewrites@1:42']}
    ${'a serial is an integer'}              | ${['CREATE TABLE t (id serial);', 'ALTER TABLE t ALTER COLUMN id TYPE int;']}                                                                                                           | ${[]}
    ${'a column that is NOT NULL already'}   | ${[SONGS, 'ALTER TABLE songs ALTER COLUMN id SET NOT NULL;']}                                                                                                                           | ${[]}
    ${'a view that is gone'}                 | ${[SONGS, 'CREATE VIEW v AS SELECT code FROM songs; DROP VIEW v;', 'ALTER TABLE songs ALTER COLUMN code TYPE text;']}                                                                   | ${[]}
    ${'a view that reads other columns'}     | ${[SONGS, 'CREATE VIEW v AS SELECT title FROM songs;', 'ALTER TABLE songs ALTER COLUMN code TYPE text;']}                                                                               | ${[]}
    ${'a view that reads all columns'}       | ${[SONGS, 'CREATE VIEW v AS SELECT * FROM songs;', 'ALTER TABLE songs ALTER COLUMN code TYPE text;']}                                                                                   | ${['type-change-under-view@1:1']}
    ${'a check that was validated'}          | ${[SONGS, 'ALTER TABLE songs ADD CONSTRAINT c CHECK (title IS NOT NULL) NOT VALID;', 'ALTER TABLE songs VALIDATE CONSTRAINT c;', 'ALTER TABLE songs ALTER COLUMN title SET NOT NULL;']} | ${[]}
    ${'a check that was not'}                | ${[SONGS, 'ALTER TABLE songs ADD CONSTRAINT c CHECK (title IS NOT NULL) NOT VALID;', 'ALTER TABLE songs ALTER COLUMN title SET NOT NULL;']}                                             | ${['set-not-null-scans@1:1']}
    ${'an enum under its new name'}          | ${["CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (m m);", 'ALTER TYPE m RENAME TO n;', 'DROP TYPE n CASCADE;']}                                                                          | ${['cascade@1:1 warning']}
  `('$name', ({ files, expected }) => {
    expect(found(files)).toEqual(expected);
  });
});

describe('the place', () => {
  test.each`
    name                                 | sql                                                                             | expected
    ${'behind what is not ASCII'}        | ${"SELECT 'größte Lieder'; CREATE INDEX i ON songs (title);"}                   | ${['index-blocks-writes@1:43']}
    ${'behind breakpoints'}              | ${"SELECT '♫';--> statement-breakpoint\n\nCREATE INDEX i\n  ON songs (title);"} | ${['index-blocks-writes@4:6']}
    ${'behind a byte order mark'}        | ${'\uFEFFCREATE INDEX i ON songs (title);'}                                     | ${['index-blocks-writes@1:20']}
    ${'with carriage returns'}           | ${'SELECT 1;\r\nCREATE INDEX i ON songs (title);\r\n'}                          | ${['index-blocks-writes@2:19']}
    ${'of what is told about the whole'} | ${'SELECT 1;\n  ALTER TABLE songs DROP COLUMN title;'}                          | ${['drop-column@2:3']}
  `('$name', ({ sql, expected }) => {
    expect(found([SONGS, sql])).toEqual(expected);
  });
});

describe('what Postgres cannot read', () => {
  const newer = { target: { major: 19 } };
  test.each`
    name                                  | sql                                                                         | options  | expected
    ${'is told where it is'}              | ${"SELECT 'größte ♫';\nCREATE TABLE a (id int;\nSELECT 1;"}                 | ${{}}    | ${['2:23 error', 'Postgres cannot read this: syntax error at or near ";".']}
    ${'behind breakpoints'}               | ${'SELECT 1;\n--> statement-breakpoint\nSELECT 2;\n\n DROP TABEL songs;\n'} | ${{}}    | ${['5:7 error', 'Postgres cannot read this: syntax error at or near "TABEL".']}
    ${'at the end'}                       | ${'CREATE TABLE a (id int'}                                                 | ${{}}    | ${['1:1 error', 'Postgres cannot read this: syntax error at end of input.']}
    ${'a command of psql'}                | ${'SELECT 1;\n\\connect music\nSELECT 2;'}                                  | ${{}}    | ${['2:1 error', '`\\connect` is a command of psql, which no server knows.']}
    ${'rows of psql'}                     | ${'COPY songs (id) FROM stdin;\n1\n\\.\n'}                                  | ${{}}    | ${['2:1 error', 'The rows behind COPY … FROM STDIN are no SQL: psql sends them apart.']}
    ${'may be right for a later version'} | ${'ALTER TABLE songs REPACK;'}                                              | ${newer} | ${['1:19 warning', 'Postgres cannot read this: syntax error at or near "REPACK".']}
    ${'is too large to be read'}          | ${`INSERT INTO songs VALUES (1, '${'x'.repeat(4_100_000)}');`}              | ${newer} | ${['1:1 info', '4.1 million characters in one piece are too many to be read here.']}
  `('$name', ({ sql, options, expected }) => {
    const list = findings([SONGS, sql], options);
    expect(list.map(({ code }) => code)).toEqual(['unreadable-sql']);
    expect(list.flatMap(({ at, severity, message }) => [`${at.line}:${at.column} ${severity}`, message])).toEqual(
      expected,
    );
  });
});

describe('a DO block', () => {
  const guarded = (sql: string) => `DO $$ BEGIN\n ${sql};\nEXCEPTION\n WHEN duplicate_object THEN null;\nEND $$;`;
  const fk = 'ALTER TABLE songs ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES songs (id)';

  test('is looked into', () => {
    expect(found([SONGS, `SELECT 'ä';--> statement-breakpoint\n${guarded(fk)}`])).toEqual(['fk-validates@3:24']);
  });

  test('is never rewritten', () => {
    expect(findings([SONGS, fk])[0]?.rewrite).toBeDefined();
    expect(findings([SONGS, guarded(fk)])[0]?.rewrite).toBeUndefined();
  });

  test('is known to the statements around it', () => {
    const [add, drop] = [fk, 'ALTER TABLE songs DROP CONSTRAINT fk'];
    expect(found([`${SONGS}${fk};`, `${guarded(drop)}${guarded(`${add} NOT VALID`)}`])).toEqual([]);
    expect(found([SONGS, `${guarded(`${add} NOT VALID`)}ALTER TABLE songs VALIDATE CONSTRAINT fk;`])).toEqual([
      'validate-same-tx@5:8',
    ]);
  });

  test('can be allowed as a whole', () => {
    expect(found([SONGS, `-- migrator: allow fk-validates small\n${guarded(fk)}`])).toEqual([]);
  });

  test('makes what later statements meet', () => {
    const table = guarded('CREATE TABLE plays (song bigint)');
    expect(found([SONGS, `${table}\nCREATE INDEX plays_song ON plays (song);`])).toEqual([]);
    expect(found([`${SONGS}\n${table}`, 'CREATE INDEX plays_song ON plays (song);'])).toEqual([
      'index-blocks-writes@1:28',
    ]);
  });
});

test('a statement that the grammar cannot read stops nothing', () => {
  expect(found([SONGS, 'FROBNICATE songs;--> statement-breakpoint\nCREATE INDEX i ON songs (title);'])).toEqual([
    'unreadable-sql@1:1',
    'index-blocks-writes@2:19',
  ]);
});

test('a rule of the project has the severity and the suppressions of any other', () => {
  const noUuid = defineRule({
    id: 'no-uuid',
    title: 'A uuid.',
    severity: 'warning',
    preset: 'recommended',
    category: 'practice',
    consequence: 'We have none.',
    fix: 'Take a bigint.',
    on: ['CreateStmt'],
    check: ({ text }) => (/\buuid\b/.test(text) ? [{ message: 'Here is a uuid.' }] : []),
  });
  const sql = 'CREATE TABLE t (id uuid);';
  expect(findings([sql], { customRules: [noUuid] })).toEqual([
    {
      code: 'no-uuid',
      severity: 'warning',
      tag: '0000_m',
      at: { file: '0000_m.sql', line: 1, column: 1 },
      message: 'Here is a uuid.',
      consequence: 'We have none.',
      fix: 'Take a bigint.',
      statement: 0,
    },
  ]);
  expect(found([sql], { customRules: [noUuid], rules: { 'no-uuid': 'error' } })).toEqual(['no-uuid@1:1']);
  expect(found([`-- migrator: allow no-uuid once\n${sql}`], { customRules: [noUuid] })).toEqual([]);
});

test('every rule bears every kind of statement', () => {
  const sql = `
    CREATE TABLE IF NOT EXISTS a (LIKE b INCLUDING ALL); CREATE TABLE c OF t; CREATE TABLE d () INHERITS (a, b);
    CREATE TABLE e AS SELECT 1; SELECT 1 INTO f; CREATE UNLOGGED TABLE g (a int, EXCLUDE USING gist (a WITH =));
    ALTER TABLE IF EXISTS ONLY a ADD COLUMN IF NOT EXISTS x int, DROP COLUMN IF EXISTS y CASCADE, ALTER COLUMN z DROP EXPRESSION;
    ALTER TABLE a ADD UNIQUE (x), ADD CHECK (x > 0), ADD PRIMARY KEY USING INDEX i, VALIDATE CONSTRAINT v, INHERIT b, SET (fillfactor = 70);
    ALTER TABLE a ALTER COLUMN x TYPE numeric(3,-1)[] USING x::text[], OWNER TO me, REPLICA IDENTITY FULL, SET TABLESPACE t;
    ALTER TYPE t ADD ATTRIBUTE x int; ALTER TYPE t RENAME ATTRIBUTE x TO y; ALTER TYPE t SET SCHEMA s; ALTER TYPE s.t ADD VALUE 'x';
    ALTER INDEX i RENAME TO j; ALTER VIEW v RENAME TO w; ALTER TABLE a RENAME CONSTRAINT c TO d; ALTER SEQUENCE s RESTART;
    ALTER FUNCTION f(int) RENAME TO g; ALTER FUNCTION f(int) SET SCHEMA s; ALTER SCHEMA s RENAME TO t; ALTER DATABASE d SET a = 1;
    ALTER DOMAIN d SET NOT NULL; ALTER DOMAIN d DROP CONSTRAINT c; ALTER TABLE ALL IN TABLESPACE x SET TABLESPACE y;
    DROP FUNCTION f(int), g; DROP TRIGGER t ON s.a; DROP POLICY p ON a; DROP RULE r ON a; DROP AGGREGATE g(int); DROP CAST (int AS text);
    DROP OPERATOR CLASS o USING btree; DROP TYPE IF EXISTS a, s.b CASCADE; DROP MATERIALIZED VIEW m; DROP OWNED BY me; DROP EXTENSION e CASCADE;
    DROP INDEX CONCURRENTLY IF EXISTS i; REINDEX DATABASE d; REINDEX (CONCURRENTLY) SCHEMA s; VACUUM; CLUSTER; ANALYZE a (x);
    CREATE INDEX ON ONLY a ((lower(x)) DESC) INCLUDE (y) WHERE x IS NOT NULL; CREATE INDEX CONCURRENTLY ON a USING gin (x gin_trgm_ops);
    CREATE VIEW v AS WITH q AS (SELECT * FROM a) SELECT q.*, b.x FROM q JOIN b USING (id); CREATE RECURSIVE VIEW r (n) AS SELECT 1;
    CREATE MATERIALIZED VIEW m AS TABLE a WITH NO DATA; REFRESH MATERIALIZED VIEW m WITH NO DATA; COPY a FROM '/x'; LOCK a; TRUNCATE a, b RESTART IDENTITY;
    INSERT INTO a DEFAULT VALUES; INSERT INTO a SELECT 1 ON CONFLICT DO NOTHING; UPDATE a SET (x, y) = (1, 2), z[1] = 3; DELETE FROM a USING b;
    MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE; DO 'BEGIN END'; CALL p(1); SET LOCAL a.b = 'c', 'd'; SET TIME ZONE LOCAL; RESET ALL;
    BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT s; ROLLBACK TO s; COMMIT AND CHAIN; PREPARE TRANSACTION 'x'; GRANT a TO b; COMMENT ON TABLE a IS 'x';
    ALTER TABLE p ATTACH PARTITION q DEFAULT; ALTER TABLE p DETACH PARTITION q FINALIZE; CREATE TABLE r PARTITION OF p DEFAULT PARTITION BY LIST (a);
    CREATE TRIGGER t INSTEAD OF INSERT ON v EXECUTE FUNCTION f(); CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f();
    ALTER PUBLICATION p ADD TABLE a; CREATE FOREIGN TABLE f (a int) SERVER s; ALTER FOREIGN TABLE f ADD COLUMN b int; ALTER EXTENSION e ADD TABLE a;`;
  const all = Object.fromEntries(rules.map(({ id }) => [id, 'warning' as const]));
  const apart = sql.split(/;\s*/).filter(Boolean).join(';--> statement-breakpoint\n');
  for (const preset of ['recommended', 'drizzle-kit'] as const)
    for (const timeZone of ['UTC', undefined])
      expect(() => findings([SONGS, apart], { rules: all, preset, timeZone })).not.toThrow();
  expect(() => findings([apart, apart], { rules: all })).not.toThrow();
});
