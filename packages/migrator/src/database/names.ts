import { quoteLiteral } from '../sql/quote.js';
import type { Row, Session } from './session.js';

/** What the catalog has of the given names: relations with their columns, and types that are no relation's. */
export async function readNames(
  session: Session,
  names: readonly string[],
): Promise<{
  readonly path: string[];
  readonly relations: { schema: string; name: string; of: string | null; columns: string[] }[];
  readonly types: { schema: string; name: string }[];
}> {
  const wanted = quoteLiteral(names);
  const [row] = await session.rows<Row & { answer: string }>(
    `select json_build_object(
       'path', to_json(array(select s from unnest(current_schemas(false)) s)),
       'relations', coalesce((select json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
           'of', (select t.relname from pg_index i join pg_class t on t.oid = i.indrelid where i.indexrelid = c.oid),
           'columns', to_json(array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped))))
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relname = any(${wanted}::name[]) and n.nspname !~ '^pg_(toast|temp)'), '[]'),
       'types', coalesce((select json_agg(json_build_object('schema', n.nspname, 'name', t.typname))
         from pg_type t join pg_namespace n on n.oid = t.typnamespace
         where t.typname = any(${wanted}::name[]) and t.typrelid = 0), '[]'))::text as answer`,
  );
  return JSON.parse(row?.answer ?? '{}');
}
