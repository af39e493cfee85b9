import {
  type CatalogRow,
  defineQuery,
  hasOwn,
  isUserSchema,
  isUsers,
  joinWords,
  makeObject,
  relationKey,
} from './query.js';

interface StatisticsRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly table_schema: string;
  readonly table: string;
  readonly relkind: string;
  readonly definition: string;
  readonly target: number | null;
}

export const statistics = defineQuery<StatisticsRow>({
  catalog: 'pg_statistic_ext',
  isThere: () => hasOwn('pg_statistic_ext'),
  sql: (scope) =>
    `select s.oid, n.nspname as schema, s.stxname as name, tn.nspname as table_schema, c.relname as table, c.relkind,
       pg_get_statisticsobjdef(s.oid) as definition, nullif(s.stxstattarget, -1) as target
     from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
       join pg_class c on c.oid = s.stxrelid join pg_namespace tn on tn.oid = c.relnamespace
     where ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: ({ schema, name, table_schema, table, relkind, definition, target }) =>
    makeObject(
      'statistics',
      [schema, name],
      {
        schema,
        of: relationKey(relkind, table_schema, table),
        text: joinWords(definition, target !== null && `statistics ${target}`),
      },
      { definition, ...(target !== null && { target }) },
    ),
});
