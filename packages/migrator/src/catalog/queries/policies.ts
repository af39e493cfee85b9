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

interface PolicyRow extends CatalogRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

const COMMANDS: Readonly<Record<string, string>> = { r: 'select', a: 'insert', w: 'update', d: 'delete', '*': 'all' };

export const policies = defineQuery<PolicyRow>({
  catalog: 'pg_policy',
  isThere: () => hasOwn('pg_policy'),
  sql: (scope) =>
    `select p.oid, n.nspname as schema, c.relname as table, p.polname as name, p.polpermissive as permissive, p.polcmd as command,
       array(select case when u.role = 0 then 'public' else pg_get_userbyid(u.role)::text end from unnest(p.polroles) as u (role) order by 1) as roles,
       pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as check
     from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
     where ${isUserSchema('n', scope)} and ${isUsers('pg_class', 'c.oid')}`,
  read: ({ schema, table, name, permissive, command, roles, using, check }) =>
    makeObject(
      'policy',
      [schema, table, name],
      {
        schema,
        of: relationKey('r', schema, table),
        text: joinWords(
          !permissive && 'as restrictive',
          `for ${COMMANDS[command] ?? command} to ${roles.join(', ')}`,
          using !== null && `using (${using})`,
          check !== null && `with check (${check})`,
        ),
      },
      {
        permissive,
        command: COMMANDS[command] ?? command,
        roles,
        ...(using !== null && { using }),
        ...(check !== null && { check }),
      },
    ),
});
