import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, joinWords, makeObject } from './query.js';

interface RangeRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly subtype: string;
  readonly operators: string | null;
  readonly collation: string | null;
  readonly canonical: string | null;
  readonly difference: string | null;
  readonly multirange: string;
}

export const rangeTypes = defineQuery<RangeRow>({
  catalog: 'pg_type',
  isThere: () => hasOwn('pg_range', 'true', 'rngtypid'),
  sql: (scope) =>
    `select t.oid, n.nspname as schema, t.typname as name, format_type(r.rngsubtype, null) as subtype,
       case when not o.opcdefault then format('%I.%I', os.nspname, o.opcname) end as operators,
       case when r.rngcollation <> s.typcollation then r.rngcollation::regcollation::text end as collation,
       case when r.rngcanonical <> 0 then r.rngcanonical::regproc::text end as canonical,
       case when r.rngsubdiff <> 0 then r.rngsubdiff::regproc::text end as difference,
       format_type(r.rngmultitypid, null) as multirange
     from pg_range r join pg_type t on t.oid = r.rngtypid join pg_namespace n on n.oid = t.typnamespace
       join pg_type s on s.oid = r.rngsubtype join pg_opclass o on o.oid = r.rngsubopc
       join pg_namespace os on os.oid = o.opcnamespace
     where ${isUserSchema('n', scope)} and ${isUsers('pg_type', 't.oid')}`,
  read: ({ schema, name, subtype, operators, collation, canonical, difference, multirange }) =>
    makeObject(
      'range-type',
      [schema, name],
      {
        schema,
        text: joinWords(
          `range of ${subtype}`,
          operators && `operator class ${operators}`,
          collation && `collate ${collation}`,
          canonical && `canonical ${canonical}`,
          difference && `difference ${difference}`,
          `multirange ${multirange}`,
        ),
      },
      {
        options: [
          `subtype = ${subtype}`,
          operators && `subtype_opclass = ${operators}`,
          collation && `collation = ${collation}`,
          canonical && `canonical = ${canonical}`,
          difference && `subtype_diff = ${difference}`,
          `multirange_type_name = ${multirange}`,
        ]
          .filter(Boolean)
          .join(', '),
      },
    ),
});
