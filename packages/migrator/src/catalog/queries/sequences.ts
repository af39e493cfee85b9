import { catalogKey, objectName } from '../key.js';
import { describeSequence, OWN_SEQUENCES, type SequenceOptions, sequenceOptions } from './own-sequence.js';
import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, joinWords, makeObject } from './query.js';

interface SequenceRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly unlogged: boolean;
  readonly options: SequenceOptions;
  readonly owner: readonly [string, string, string] | null;
}

/** Without those that are part of a column. */
export const sequences = defineQuery<SequenceRow>({
  catalog: 'pg_class',
  isThere: () => hasOwn('pg_sequence', 'true', 'seqrelid'),
  sql: (scope) =>
    `with own as materialized (${OWN_SEQUENCES})
     select c.oid, n.nspname as schema, c.relname as name, c.relpersistence = 'u' as unlogged, ${sequenceOptions('q')} as options,
       (select json_build_array(tn.nspname, t.relname, a.attname)
        from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
          join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype = 'a') as owner
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence q on q.seqrelid = c.oid
     where ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}
       and not exists (select from own where own.seqid = c.oid)`,
  read: ({ schema, name, unlogged, options, owner }) =>
    makeObject(
      'sequence',
      [schema, name],
      {
        schema,
        ...(owner && { of: catalogKey('column', ...owner) }),
        text: joinWords(
          unlogged && 'unlogged',
          'sequence',
          describeSequence(options, 'bigint'),
          owner && `owned by ${objectName(...owner)}`,
        ),
      },
      {
        type: options.type,
        ...(owner && { ownedBy: objectName(...owner), owner }),
        unlogged,
        options: describeSequence(options, 'bigint'),
      },
    ),
});
