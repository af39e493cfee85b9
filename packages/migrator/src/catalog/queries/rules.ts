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

interface RuleRow extends CatalogRow {
  readonly schema: string;
  readonly table: string;
  readonly relkind: string;
  readonly name: string;
  readonly definition: string;
  readonly enabled: Enabled;
}

/** Without the rule that makes a view of a relation. */
export const rules = defineQuery<RuleRow>({
  catalog: 'pg_rewrite',
  isThere: () => hasOwn('pg_rewrite', `rulename <> '_RETURN'`),
  sql: (scope) =>
    `select r.oid, n.nspname as schema, c.relname as table, c.relkind, r.rulename as name,
       pg_get_ruledef(r.oid) as definition, r.ev_enabled as enabled
     from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
     where r.rulename <> '_RETURN' and ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: ({ schema, table, relkind, name, definition, enabled }) =>
    makeObject(
      'rule',
      [schema, table, name],
      {
        schema,
        of: relationKey(relkind, schema, table),
        text: definition + firing(enabled),
      },
      { definition, enabled },
    ),
});
