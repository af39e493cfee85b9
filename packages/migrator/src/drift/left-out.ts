import type { Catalog, CatalogDifference } from '../catalog/index.js';
import type { LeftOut } from './types.js';

/**
 * Whose objects a database has besides those of its migrations. `*` stands for any text. A rule holds only for what no applied
 * migration makes: a project may have a schema `auth` of its own.
 */
const SCHEMAS: readonly (readonly [owner: string, names: readonly string[]])[] = [
  [
    'Supabase',
    [
      ...['auth', 'storage', 'realtime', '_realtime', 'vault', 'graphql', 'graphql_public', 'extensions', 'pgbouncer'],
      ...['supabase_functions', 'supabase_migrations', 'net', 'pgsodium', 'pgsodium_masks', '_analytics'],
    ],
  ],
  ['Neon', ['neon', 'neon_auth', 'neon_control_plane']],
  ['the hosting service', ['google_vacuum_mgmt', 'heroku_ext', 'aiven_extras', 'rds_tools', 'azure*', 'aws_*']],
  ['TimescaleDB', ['timescaledb_*', '_timescaledb_*']],
  ['PostGIS', ['tiger', 'tiger_data', 'topology']],
  ['Hasura', ['hdb_catalog']],
  ['pg_partman', ['partman']],
  ['pg_repack', ['repack']],
  ['a job queue', ['graphile_worker', 'pgboss*', 'pgmq', 'cron']],
  ['another migration tool', ['drizzle', 'graphile_migrate', 'atlas_schema_revisions', 'pgroll']],
];

const TABLES: readonly (readonly [owner: string, names: readonly string[]])[] = [
  [
    'another migration tool',
    [
      ...[
        '__drizzle_migrations',
        '__migrator_log',
        '__migrator_backfills',
        '_prisma_migrations',
        'knex_migrations',
        'knex_migrations_lock',
      ],
      ...['kysely_migration', 'kysely_migration_lock', 'mikro_orm_migrations', 'SequelizeMeta', 'typeorm_metadata'],
      ...['pgmigrations', 'schema_migrations', 'ar_internal_metadata', 'goose_db_version', '_sqlx_migrations'],
      ...['flyway_schema_history', 'databasechangelog', 'databasechangeloglock', 'alembic_version'],
      ...['django_migrations', '__EFMigrationsHistory', 'payload_migrations'],
    ],
  ],
];

/** What administrators and hosting services add to watch over a server. */
const EXTENSIONS = [
  ...['pg_stat_statements', 'pg_stat_kcache', 'pg_wait_sampling', 'pg_qualstats', 'pgaudit', 'pg_buffercache'],
  ...['pg_prewarm', 'pg_repack', 'pg_visibility', 'pg_freespacemap', 'pg_walinspect', 'pgstattuple', 'pageinspect'],
  ...['amcheck', 'hypopg', 'index_advisor', 'pg_hint_plan', 'pglogical', 'pg_cron', 'pg_net', 'pg_graphql'],
  ...['supabase_vault', 'pgsodium', 'pgjwt', 'neon', 'neon_utils', 'rds_tools', 'aiven_extras', 'azure*', 'aws_*'],
  ...['google_*', 'set_user', 'adminpack', 'plpgsql'],
];

const PUBLICATIONS: readonly (readonly [owner: string, names: readonly string[]])[] = [
  ['Supabase', ['supabase_realtime*']],
  ['a replication service', ['powersync', 'electric_publication*', 'dbz_publication', 'airbyte_publication', 'zero_*']],
];

/** Without what is somebody else's, by rule; with the name of whose it is. Pure. */
export function withoutOthers(
  differences: readonly CatalogDifference[],
  expected: Catalog,
  live: Catalog,
): { readonly differences: readonly CatalogDifference[]; readonly leftOut: readonly LeftOut[] } {
  const known = new Map<string, string | undefined>();
  const ownerOf = (key: string): string | undefined => {
    if (!known.has(key)) {
      known.set(key, undefined);
      known.set(key, expected.has(key) ? undefined : findOwner(key));
    }
    return known.get(key);
  };
  const findOwner = (key: string): string | undefined => {
    const object = live.get(key);
    if (!object) return undefined;
    if (object.of !== undefined) {
      const whole = ownerOf(object.of);
      if (whole !== undefined) return whole;
    }
    const [name = ''] = object.parts.slice(-1);
    if (object.schema !== '' && !expected.has(schemaKey(object.schema))) {
      const owner = matchIn(SCHEMAS, object.schema);
      if (owner !== undefined) return owner;
    }
    switch (object.kind) {
      case 'table':
        return matchIn(TABLES, name);
      case 'extension':
        return EXTENSIONS.some((pattern) => matches(pattern, name)) ? 'the server' : undefined;
      case 'publication':
        return matchIn(PUBLICATIONS, name);
      case 'trigger':
      case 'event-trigger':
        // Tools that watch tables hang triggers on them, which call what is in their schemas.
        return object.needs
          ?.filter((need) => need.startsWith('function:'))
          .map((need) => matchIn(SCHEMAS, schemaIn(need)))
          .find((owner) => owner !== undefined);
      default:
        return undefined;
    }
  };
  const others = differences.filter(({ key, change }) => change === 'unexpected' && ownerOf(key) !== undefined);
  const keys = new Set(others.map(({ key }) => key));
  return {
    differences: differences.filter(({ key }) => !keys.has(key)),
    leftOut: others
      .filter(({ of }) => of === undefined || !keys.has(of))
      .map(({ key, name }) => ({ key, name, owner: ownerOf(key) ?? '' })),
  };
}

function schemaKey(schema: string): string {
  return /[."]/.test(schema) ? `schema:"${schema.replaceAll('"', '""')}"` : `schema:${schema}`;
}

/** Of a key such as `function:pgboss.create_queue(text)`. */
function schemaIn(key: string): string {
  return /^[a-z-]+:([^."]+)\./.exec(key)?.[1] ?? '';
}

function matchIn(rules: typeof SCHEMAS, name: string): string | undefined {
  return rules.find(([, patterns]) => patterns.some((pattern) => matches(pattern, name)))?.[0];
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
