import { quoteIdent } from '../../sql/quote.js';
import { type CatalogRow, defineQuery, hasOwn, joinWords, makeObject } from './query.js';

interface PublicationRow extends CatalogRow {
  readonly name: string;
  readonly all_tables: boolean;
  readonly via_root: boolean;
  readonly generated_columns: boolean;
  readonly operations: readonly string[];
  readonly tables: readonly string[];
  readonly schemas: readonly string[];
}

/** Column lists, row filters and whole schemas came with version 15, generated columns with 18. */
export const publications = defineQuery<PublicationRow>({
  catalog: 'pg_publication',
  isThere: () => hasOwn('pg_publication'),
  sql: ({ version }) => {
    const columnList =
      version >= 15
        ? `|| coalesce(' (' || (select string_agg(quote_ident(a.attname), ', ' order by a.attname) from pg_attribute a
             where a.attrelid = r.prrelid and a.attnum = any (r.prattrs::int2[])) || ')', '')
           || coalesce(' where ' || pg_get_expr(r.prqual, r.prrelid), '')`
        : '';
    const schemas =
      version >= 15
        ? 'array(select s.nspname::text from pg_publication_namespace g join pg_namespace s on s.oid = g.pnnspid where g.pnpubid = p.oid order by 1)'
        : `'{}'::text[]`;
    return `select p.oid, p.pubname as name, p.puballtables as all_tables, p.pubviaroot as via_root,
       ${version >= 18 ? `p.pubgencols <> 'n'` : 'false'} as generated_columns,
       array_remove(array[case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
         case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null) as operations,
       array(select r.prrelid::regclass::text ${columnList} from pg_publication_rel r where r.prpubid = p.oid order by 1) as tables,
       ${schemas} as schemas
     from pg_publication p`;
  },
  read: ({ name, all_tables, via_root, generated_columns, operations, tables, schemas }) =>
    makeObject(
      'publication',
      [name],
      {
        text: joinWords(
          'publication',
          all_tables && 'for all tables',
          tables.length > 0 && `for tables ${tables.join(', ')}`,
          schemas.length > 0 && `for tables in schemas ${schemas.join(', ')}`,
          `of ${operations.join(', ')}`,
          via_root && 'via partition root',
          generated_columns && 'with generated columns',
        ),
      },
      {
        options: joinWords(
          all_tables && 'for all tables',
          tables.length > 0 && `for table ${tables.join(', ')}`,
          schemas.length > 0 &&
            `${tables.length > 0 ? ',' : 'for'} tables in schema ${schemas.map(quoteIdent).join(', ')}`,
          `with (publish = '${operations.join(', ')}'${via_root ? ', publish_via_partition_root = true' : ''}${generated_columns ? ', publish_generated_columns = stored' : ''})`,
        ),
      },
    ),
});
