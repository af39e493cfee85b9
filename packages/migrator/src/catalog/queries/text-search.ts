import { type CatalogRow, defineQuery, hasOwn, isUserSchema, isUsers, joinWords, makeObject } from './query.js';

interface DictionaryRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly template: string;
  /** As it stands in CREATE: `stopwords = 'english', accept = 'false'`. */
  readonly options: string | null;
}

export const textSearchDictionaries = defineQuery<DictionaryRow>({
  catalog: 'pg_ts_dict',
  isThere: () => hasOwn('pg_ts_dict'),
  sql: (scope) =>
    `select d.oid, n.nspname as schema, d.dictname as name, format('%I.%I', tn.nspname, t.tmplname) as template, d.dictinitoption as options
     from pg_ts_dict d join pg_namespace n on n.oid = d.dictnamespace
       join pg_ts_template t on t.oid = d.dicttemplate join pg_namespace tn on tn.oid = t.tmplnamespace
     where ${isUserSchema('n', scope)} and ${isUsers('pg_ts_dict', 'd.oid')}`,
  read: ({ schema, name, template, options }) =>
    makeObject(
      'text-search-dictionary',
      [schema, name],
      { schema, text: joinWords(`template ${template}`, options && `(${options})`) },
      { template, options: [...(options ?? '').matchAll(OPTION)].map(([option]) => option) },
    ),
});

const OPTION = /(?:"(?:[^"]|"")+"|\w+) = (?:E?'(?:[^'\\]|''|\\.)*'|[^,\s]+)/g;

interface ConfigurationRow extends CatalogRow {
  readonly schema: string;
  readonly name: string;
  readonly parser: string;
  readonly mappings: readonly (readonly [token: string, dictionaries: string])[];
}

export const textSearchConfigurations = defineQuery<ConfigurationRow>({
  catalog: 'pg_ts_config',
  isThere: () => hasOwn('pg_ts_config'),
  sql: (scope) =>
    `select c.oid, n.nspname as schema, c.cfgname as name, format('%I.%I', pn.nspname, p.prsname) as parser,
       coalesce((select json_agg(json_build_array(m.alias, m.dictionaries) order by m.alias) from (
         select t.alias, string_agg(m.mapdict::regdictionary::text, ', ' order by m.mapseqno) as dictionaries
         from pg_ts_config_map m join ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype
         where m.mapcfg = c.oid group by t.alias) m), '[]') as mappings
     from pg_ts_config c join pg_namespace n on n.oid = c.cfgnamespace
       join pg_ts_parser p on p.oid = c.cfgparser join pg_namespace pn on pn.oid = p.prsnamespace
     where ${isUserSchema('n', scope)} and ${isUsers('pg_ts_config', 'c.oid')}`,
  read: ({ schema, name, parser, mappings }) =>
    makeObject(
      'text-search-configuration',
      [schema, name],
      {
        schema,
        text: `parser ${parser} ${mappings.map(([token, dictionaries]) => `${token}: ${dictionaries}`).join('; ')}`,
      },
      { parser, mappings },
    ),
});
