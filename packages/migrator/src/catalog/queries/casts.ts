import { type CatalogRow, defineQuery, hasOwn, isUsers, joinWords, makeObject } from './query.js';

interface CastRow extends CatalogRow {
  readonly source: string;
  readonly target: string;
  /** pg_cast.castmethod and castcontext. */
  readonly method: string;
  readonly context: string;
  readonly function: string;
}

const CONTEXTS: Readonly<Record<string, string>> = { a: 'as assignment', i: 'as implicit' };

/** They live in no schema. Those of range types come with them (`i`). */
export const casts = defineQuery<CastRow>({
  catalog: 'pg_cast',
  isThere: () => hasOwn('pg_cast'),
  sql: () =>
    `select c.oid, format_type(c.castsource, null) as source, format_type(c.casttarget, null) as target,
       c.castmethod as method, c.castcontext as context, c.castfunc::regprocedure::text as function
     from pg_cast c where ${isUsers('pg_cast', 'c.oid', ", 'i'")}`,
  read: ({ source, target, method, context, function: called }) => {
    const name = `${source} as ${target}`;
    const definition = joinWords(
      method === 'f' ? `with function ${called}` : method === 'i' ? 'with inout' : 'without function',
      CONTEXTS[context],
    );
    const object = makeObject('cast', [source, target], { text: definition }, { definition });
    // Types are no identifiers: they are quoted already.
    return { ...object, key: `cast:${name}`, name };
  },
});
