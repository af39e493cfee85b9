import type { Enabled } from '../types.js';
import {
  type CatalogRow,
  defineQuery,
  firing,
  hasOwn,
  isUserSchema,
  isUsers,
  makeObject,
  relationKey,
} from './query.js';

interface TriggerRow extends CatalogRow {
  readonly schema: string;
  readonly table: string;
  readonly relkind: string;
  readonly name: string;
  readonly definition: string;
  readonly enabled: Enabled;
}

/** Without those of constraints, and those that a partition has from its parent. */
export const triggers = defineQuery<TriggerRow>({
  catalog: 'pg_trigger',
  isThere: () => hasOwn('pg_trigger', 'not tgisinternal'),
  sql: (scope) =>
    `select t.oid, n.nspname as schema, c.relname as table, c.relkind, t.tgname as name,
       pg_get_triggerdef(t.oid) as definition, t.tgenabled as enabled
     from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal and t.tgparentid = 0 and ${isUserSchema('n', scope)}
       and ${isUsers('pg_class', 'c.oid')} and ${isUsers('pg_trigger', 't.oid')}`,
  read: ({ schema, table, relkind, name, definition, enabled }) =>
    makeObject(
      'trigger',
      [schema, table, name],
      {
        schema,
        of: relationKey(relkind, schema, table),
        text: definition + firing(enabled),
      },
      { definition, enabled },
    ),
});
