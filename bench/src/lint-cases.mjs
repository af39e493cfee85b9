const songs =
  'CREATE TABLE songs (id bigint PRIMARY KEY, title text, plays integer, code varchar(50)); CREATE TABLE users (id bigint PRIMARY KEY);';

/** SQL that breaks each rule of squawk 2.66, on tables that an earlier migration has made. */
export const squawkCases = {
  'require-concurrent-index-creation': { setup: songs, sql: 'CREATE INDEX i ON songs (title);' },
  'require-concurrent-index-deletion': { setup: `${songs} CREATE INDEX i ON songs (title);`, sql: 'DROP INDEX i;' },
  'constraint-missing-not-valid': { setup: songs, sql: 'ALTER TABLE songs ADD CONSTRAINT c CHECK (plays > 0);' },
  'adding-field-with-default': {
    setup: songs,
    sql: 'ALTER TABLE songs ADD COLUMN token uuid DEFAULT gen_random_uuid();',
  },
  'adding-foreign-key-constraint': {
    setup: songs,
    sql: 'ALTER TABLE songs ADD CONSTRAINT f FOREIGN KEY (plays) REFERENCES users (id);',
  },
  'changing-column-type': { setup: songs, sql: 'ALTER TABLE songs ALTER COLUMN plays TYPE bigint;' },
  'adding-not-nullable-field': { setup: songs, sql: 'ALTER TABLE songs ALTER COLUMN title SET NOT NULL;' },
  'adding-required-field': { setup: songs, sql: 'ALTER TABLE songs ADD COLUMN slug text NOT NULL;' },
  'adding-serial-primary-key-field': {
    setup: 'CREATE TABLE songs (title text);',
    sql: 'ALTER TABLE songs ADD COLUMN id serial PRIMARY KEY;',
  },
  'renaming-column': { setup: songs, sql: 'ALTER TABLE songs RENAME COLUMN title TO name;' },
  'renaming-table': { setup: songs, sql: 'ALTER TABLE songs RENAME TO tracks;' },
  'disallowed-unique-constraint': { setup: songs, sql: 'ALTER TABLE songs ADD CONSTRAINT u UNIQUE (title);' },
  'ban-drop-database': { sql: 'DROP DATABASE melodia;' },
  'ban-drop-column': { setup: songs, sql: 'ALTER TABLE songs DROP COLUMN title;' },
  'ban-drop-table': { setup: songs, sql: 'DROP TABLE songs;' },
  'ban-drop-not-null': {
    setup: 'CREATE TABLE songs (title text NOT NULL);',
    sql: 'ALTER TABLE songs ALTER COLUMN title DROP NOT NULL;',
  },
  'ban-char-field': { setup: songs, sql: 'CREATE TABLE t (a char(2));' },
  'ban-truncate-cascade': { setup: songs, sql: 'TRUNCATE songs CASCADE;' },
  'ban-create-domain-with-constraint': { sql: "CREATE DOMAIN d AS text CHECK (value <> '');" },
  'ban-alter-domain-with-add-constraint': {
    setup: 'CREATE DOMAIN d AS text; CREATE TABLE t (d d);',
    sql: "ALTER DOMAIN d ADD CONSTRAINT c CHECK (value <> '');",
  },
  'ban-concurrent-index-creation-in-transaction': {
    setup: songs,
    sql: 'BEGIN; CREATE INDEX CONCURRENTLY i ON songs (title); COMMIT;',
  },
  'ban-uncommitted-transaction': { setup: songs, sql: 'BEGIN; ALTER TABLE songs ADD COLUMN mood text;' },
  'transaction-nesting': { setup: songs, sql: 'BEGIN; BEGIN; SELECT 1; COMMIT;' },
  'prefer-bigint-over-int': { sql: 'CREATE TABLE t (id integer PRIMARY KEY);' },
  'prefer-bigint-over-smallint': { sql: 'CREATE TABLE t (id smallint PRIMARY KEY);' },
  'prefer-identity': { sql: 'CREATE TABLE t (id bigserial PRIMARY KEY);' },
  'prefer-text-field': { sql: 'CREATE TABLE t (a varchar(20));' },
  'prefer-timestamp-tz': { sql: 'CREATE TABLE t (a timestamp);' },
  'prefer-robust-stmts': { sql: 'CREATE TABLE t (a bigint); CREATE INDEX CONCURRENTLY i ON t (a);' },
  'prefer-repack': { setup: songs, sql: 'VACUUM FULL songs;' },
  'require-concurrent-partition-detach': {
    setup: 'CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);',
    sql: 'ALTER TABLE p DETACH PARTITION p1;',
  },
  'require-concurrent-reindex': { setup: songs, sql: 'REINDEX TABLE songs;' },
  'require-enum-value-ordering': { setup: "CREATE TYPE m AS ENUM ('a');", sql: "ALTER TYPE m ADD VALUE 'b';" },
  'identifier-too-long': { setup: songs, sql: `ALTER TABLE songs ADD COLUMN ${'x'.repeat(70)} text;` },
  'require-lock-timeout': { setup: songs, sql: 'ALTER TABLE songs ADD COLUMN mood text;' },
  'require-statement-timeout': { setup: songs, sql: 'ALTER TABLE songs ADD COLUMN mood text;' },
  'ban-duplicate-column-assignments': { setup: songs, sql: "UPDATE songs SET title = 'a', title = 'b' WHERE id = 1;" },
};
