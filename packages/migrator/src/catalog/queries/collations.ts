import { quoteLiteral } from '../../sql/quote.js';
import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, makeObject, type Scope } from './query.js';

interface CollationRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  /** pg_collation.collprovider. */
  readonly provider: string;
  readonly deterministic: boolean;
  readonly collate: string | null;
  readonly ctype: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
}

const PROVIDERS: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

/** The locale of a collation that is not libc's has stood in three places. */
function localeColumn({ version }: Scope): string {
  if (version >= 17) return 'c.colllocale';
  return version >= 15 ? 'c.colliculocale' : `case when c.collprovider = 'i' then c.collcollate end`;
}

export const collations = defineQuery<CollationRow>({
  catalog: 'pg_collation',
  isThere: () => hasOwn('pg_collation'),
  sql: (scope) =>
    `select c.oid, n.nspname as schema, c.collname as name, c.collprovider as provider, c.collisdeterministic as deterministic,
       c.collcollate as collate, c.collctype as ctype, ${localeColumn(scope)} as locale, ${scope.version >= 16 ? 'c.collicurules' : 'null'} as rules
     from pg_collation c join pg_namespace n on n.oid = c.collnamespace
     where ${isUserSchema('n', scope)} and ${isUsers('pg_collation', 'c.oid')}`,
  read: (row) => {
    const definition = definitionOf(row);
    return makeObject(
      'collation',
      [row.schema, row.name],
      { schema: row.schema, text: `collation (${definition})` },
      { definition },
    );
  },
});

function definitionOf({ provider, deterministic, collate, ctype, locale, rules }: CollationRow): string {
  const option = (name: string, value: string | null) => value !== null && `${name} = ${quoteLiteral(value).trim()}`;
  return [
    `provider = ${PROVIDERS[provider] ?? provider}`,
    ...(provider === 'c'
      ? [option('lc_collate', collate), option('lc_ctype', ctype)]
      : [option('locale', locale), option('rules', rules)]),
    !deterministic && 'deterministic = false',
  ]
    .filter(Boolean)
    .join(', ');
}
