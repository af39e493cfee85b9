import { quoteIdent } from '../sql/quote.js';
import { copyInSql, PIECE, type Source } from './read-database.js';

/** Puts the pieces of large objects together; `large-objects.sql` has made the objects. */
export const LARGE_OBJECT_TABLE = 'create temp table migrator_large_objects (object oid, piece bigint, content bytea)';
export const LARGE_OBJECT_PUT = `select count(pg_catalog.lo_put(object, piece * ${PIECE}, content)) from (select * from pg_temp.migrator_large_objects order by object, piece) pieces`;

/** A script by which psql restores the unpacked archive, without us. `files` are those of the tables, in their order. */
export function restoreScript(source: Source, files: readonly string[]): string {
  const loads = source.tables.map(
    (table, index) => `\\${copyInSql(table, source.encoding, `program 'gzip -dc ${files[index]}'`)}`,
  );
  const objects = [
    `${LARGE_OBJECT_TABLE};`,
    `\\copy migrator_large_objects from program 'gzip -dc large-objects.copy.gz'`,
    '\\i large-objects.sql',
    `${LARGE_OBJECT_PUT};`,
  ];
  const settings = source.properties.settings.map(
    ({ role, name, value }) =>
      `--   alter ${role === null ? '' : `role ${quoteIdent(role)} in `}database NAME set ${name} = ${value}`,
  );
  return `-- Restores the database \`${oneLine(source.name)}\`, written by @melodia/migrator, with nothing but tar, gzip and psql:
--   mkdir backup && tar -xf FILE -C backup && cd backup && sha256sum -c SHA256SUMS
--   createdb --template template0 NAME && psql -X -d NAME -f restore.sql
-- Roles are not part of it, nor is what belongs to the name of a database: manifest.json has owner, grants and settings.
${settings.map((line) => `${oneLine(line)}\n`).join('')}\\set ON_ERROR_STOP on
set lc_monetary = 'C';
\\i pre-data.sql
set client_encoding = 'UTF8';
set row_security = off;
${loads.map((line) => `${oneLine(line)}\n`).join('')}\\o /dev/null
\\i sequences.sql
${source.largeObjects > 0 ? objects.map((line) => `${line}\n`).join('') : ''}\\i post-data.sql
\\o
analyze;
`;
}

/** Where a name holds a line end, psql could not read its meta-command anyhow; it must not become one of its own. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
