import { beforeAll, expect, test } from 'vitest';
import { emptySchema, fixText, lint, lintFiles } from '../../src/lint/index.js';
import { loadParser } from '../../src/sql/parse.js';

beforeAll(loadParser);

const SETUP =
  'CREATE DOMAIN code AS text; CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE songs (id bigint NOT NULL, title text, user_id bigint, code code); CREATE INDEX old ON songs (title);';

function findingsOf(sql: string) {
  const migrations = [SETUP, sql].map((text, position) => ({
    tag: `000${position}_m`,
    position,
    idx: position,
    when: position,
    path: `000${position}_m.sql`,
    file: { sql: text, hash: '' },
  }));
  const rules = { 'drop-index-blocks': 'warning' } as const;
  return lint(
    lintFiles(migrations, { isLinted: ({ position }) => position === 1, serverVersion: 15, oneTransaction: false }),
    emptySchema(),
    { target: { major: 15 }, rules },
  );
}

test.each`
  name                                  | before                                                                                                                       | after
  ${'an index'}                         | ${'create unique index "i" on songs (title)'}                                                                                | ${'create unique index CONCURRENTLY "i" on songs (title)'}
  ${'a dropped index'}                  | ${'DROP INDEX old;\n'}                                                                                                       | ${'DROP INDEX CONCURRENTLY old;\n'}
  ${'REINDEX'}                          | ${'REINDEX TABLE songs;'}                                                                                                    | ${'REINDEX TABLE CONCURRENTLY songs;'}
  ${'a check'}                          | ${"ALTER TABLE songs ADD CONSTRAINT c CHECK (title <> '');"}                                                                 | ${`-- migrator: no-transaction\nALTER TABLE songs ADD CONSTRAINT c CHECK (title <> '') NOT VALID;\nALTER TABLE "songs" VALIDATE CONSTRAINT "c";`}
  ${'a foreign key, comments kept'}     | ${'\r\n-- why\r\nALTER TABLE public.songs /* x */ ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id); -- end\r\n'} | ${'-- migrator: no-transaction\r\n\r\n-- why\r\nALTER TABLE public.songs /* x */ ADD CONSTRAINT f FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;\r\nALTER TABLE "public"."songs" VALIDATE CONSTRAINT "f"; -- end\r\n'}
  ${'NOT NULL, with breakpoints'}       | ${'SELECT 1;--> statement-breakpoint\nALTER TABLE songs ALTER title SET NOT NULL'}                                           | ${'-- migrator: no-transaction\nSELECT 1;--> statement-breakpoint\nALTER TABLE "songs" ADD CONSTRAINT "songs_title_required" CHECK ("title" IS NOT NULL) NOT VALID;--> statement-breakpoint\nALTER TABLE "songs" VALIDATE CONSTRAINT "songs_title_required";--> statement-breakpoint\nALTER TABLE songs ALTER title SET NOT NULL;--> statement-breakpoint\nALTER TABLE "songs" DROP CONSTRAINT "songs_title_required"'}
  ${'UNIQUE'}                           | ${'ALTER TABLE songs ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (title, id);'}                                               | ${'CREATE UNIQUE INDEX CONCURRENTLY "u" ON "songs" ("title", "id") NULLS NOT DISTINCT;\nALTER TABLE "songs" ADD CONSTRAINT "u" UNIQUE USING INDEX "u";'}
  ${'PRIMARY KEY'}                      | ${'ALTER TABLE songs ADD PRIMARY KEY (id);'}                                                                                 | ${'CREATE UNIQUE INDEX CONCURRENTLY "songs_pkey" ON "songs" ("id");\nALTER TABLE "songs" ADD CONSTRAINT "songs_pkey" PRIMARY KEY USING INDEX "songs_pkey";'}
  ${'a domain'}                         | ${"ALTER DOMAIN code ADD CONSTRAINT d CHECK (value <> '');"}                                                                 | ${`-- migrator: no-transaction\nALTER DOMAIN code ADD CONSTRAINT d CHECK (value <> '') NOT VALID;\nALTER DOMAIN "code" VALIDATE CONSTRAINT "d";`}
  ${'an apart file needs no directive'} | ${"-- migrator: no-transaction\nALTER TABLE songs ADD CONSTRAINT c CHECK (title <> '');"}                                    | ${`-- migrator: no-transaction\nALTER TABLE songs ADD CONSTRAINT c CHECK (title <> '') NOT VALID;\nALTER TABLE "songs" VALIDATE CONSTRAINT "c";`}
`('$name', ({ before, after }) => {
  const result = fixText(before, findingsOf(before));
  expect(result).toMatchObject({ sql: after });
  // What is mended is not found again.
  expect(findingsOf(after).map(({ code }) => code)).toEqual([]);
});

test.each`
  name                                   | sql                                                                                | refused
  ${'its own transaction'}               | ${'BEGIN; CREATE INDEX i ON songs (title); COMMIT;'}                               | ${'it writes BEGIN or COMMIT itself'}
  ${'what holds for a transaction only'} | ${"SET LOCAL lock_timeout = '1s';\nCREATE INDEX i ON songs (title);"}              | ${'line 1 needs the transaction that the safe form would take apart'}
  ${'a table that goes with its commit'} | ${'CREATE TEMP TABLE t (a int) ON COMMIT DROP;\nCREATE INDEX i ON songs (title);'} | ${'line 1 needs the transaction that the safe form would take apart'}
  ${'several changes in one statement'}  | ${"ALTER TABLE songs ADD CONSTRAINT c CHECK (title <> ''), ADD COLUMN x int;"}     | ${'there is nothing to write'}
`('$name is left as it is', ({ sql, refused }) => {
  expect(fixText(sql, findingsOf(sql))).toEqual({ refused });
});
