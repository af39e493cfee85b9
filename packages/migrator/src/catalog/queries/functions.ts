import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, makeObject } from './query.js';

interface FunctionRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly arguments: string;
  readonly procedure: boolean;
  readonly definition: string;
}

/** `add(integer, integer)`, for an alias of pg_proc: types only, for the names of arguments are no part of identity. */
export function argumentTypes(alias: string): string {
  return `array_to_string(${alias}.proargtypes::regtype[], ', ')`;
}

/** Those that Postgres made itself, such as the constructors of a range type, depend on it internally (`i`). */
export const functions = defineQuery<FunctionRow>({
  catalog: 'pg_proc',
  isThere: () => hasOwn('pg_proc'),
  sql: (scope) =>
    `select p.oid, n.nspname as schema, p.proname as name, ${argumentTypes('p')} as arguments,
       p.prokind = 'p' as procedure, pg_get_functiondef(p.oid) as definition
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prokind in ('f', 'p', 'w') and ${isUserSchema('n', scope)} and ${isUsers('pg_proc', 'p.oid', ", 'i'")}`,
  read: ({ schema, name, arguments: types, procedure, definition }) =>
    named(
      procedure
        ? makeObject('procedure', [schema, name], { schema, text: definition }, { arguments: types })
        : makeObject('function', [schema, name], { schema, text: definition }, { arguments: types }),
      types,
    ),
});

/** The types of arguments belong to the name, and are not quoted with it. */
export function named<O extends { readonly key: string; readonly name: string }>(object: O, types: string): O {
  return { ...object, key: `${object.key}(${types})`, name: `${object.name}(${types})` };
}
