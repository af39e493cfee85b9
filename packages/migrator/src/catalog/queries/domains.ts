import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, joinWords, makeObject } from './query.js';

interface DomainRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly not_null: boolean;
  readonly default: string | null;
  readonly checks: readonly string[];
}

export const domains = defineQuery<DomainRow>({
  catalog: 'pg_type',
  isThere: () => hasOwn('pg_type', `typtype = 'd'`),
  sql: (scope) =>
    `select t.oid, n.nspname as schema, t.typname as name, format_type(t.typbasetype, t.typtypmod) as type,
       case when t.typcollation <> b.typcollation then t.typcollation::regcollation::text end as collation,
       t.typnotnull as not_null, pg_get_expr(t.typdefaultbin, 0) as default,
       array(select format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)) from pg_constraint k
             where k.contypid = t.oid and k.contype = 'c' order by k.conname) as checks
     from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_type b on b.oid = t.typbasetype
     where t.typtype = 'd' and ${isUserSchema('n', scope)} and ${isUsers('pg_type', 't.oid')}`,
  read: (row) =>
    makeObject(
      'domain',
      [row.schema, row.name],
      {
        schema: row.schema,
        text: joinWords(
          row.type,
          row.collation && `collate ${row.collation}`,
          row.not_null && 'not null',
          row.default !== null && `default ${row.default}`,
          ...row.checks,
        ),
      },
      {
        type: row.type,
        notNull: row.not_null,
        ...(row.collation !== null && { collation: row.collation }),
        ...(row.default !== null && { default: row.default }),
        checks: row.checks,
      },
    ),
});
