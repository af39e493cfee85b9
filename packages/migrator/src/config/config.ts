import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Project } from '../api/project.js';
import type { ChangesetSettings } from '../changeset/read.js';
import { type Credentials, readTarget } from '../database/target.js';
import { closest } from '../errors/closest.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { BackfillSettings } from '../execute/context.js';
import type { GateSettings } from '../gate/settings.js';
import { backfillConfig } from './backfill-config.js';
import { type BackupConfig, backupConfig } from './backup-config.js';
import { changesetConfig } from './changeset-config.js';
import { type DriftConfig, driftConfig } from './drift-config.js';
import { loadEnvFiles } from './env-files.js';
import { findConfig, findFolderAlone, nearestConfig } from './find-config.js';
import { gateConfig } from './gate-config.js';
import { type LintConfig, lintConfig } from './lint-config.js';
import { loadModule } from './load-module.js';

/** What the command line works with: drizzle.config.ts, environment and flags, checked. */
export interface Config {
  readonly configFile: string;
  /** There is none: `configFile` is the migrations folder, and the defaults hold. */
  readonly isDefault?: boolean;
  /** Folder of the config: relative paths in it start here, as with drizzle-kit. */
  readonly root: string;
  readonly migrationsFolder: string;
  readonly migrationsSchema: string | undefined;
  readonly migrationsTable: string | undefined;
  /** `migrator.trashSchema`, a field of ours: drizzle-kit ignores it. */
  readonly trashSchema: string | undefined;
  /** `migrator.ignore`, ours too: what a catalog that is compared leaves out. */
  readonly ignore: readonly string[];
  /** `migrator.lint` and `migrator.postgresVersion`. */
  readonly lint: LintConfig;
  /** `migrator.production`: `push` refuses it. */
  readonly production: boolean;
  /** `schemaFilter` and `tablesFilter`: whose tables are not of this project; undefined: no `schemaFilter`. */
  readonly filters: { readonly schemas: readonly string[] | undefined; readonly tables: readonly string[] };
  /** `migrator.drift`. */
  readonly drift: DriftConfig;
  readonly backup: BackupConfig;
  /** `migrator.backfill`: what backfills give way to; the defaults hold for the rest. */
  readonly backfill: Partial<BackfillSettings>;
  /** `migrator.changeset`: the package whose changesets `check` suggests. */
  readonly changeset: ChangesetSettings | undefined;
  /** `migrator.gate`: whom contract migrations wait for. */
  readonly gate: GateSettings;
  /** Undefined: no database is configured, the embedded Postgres is meant. */
  readonly credentials: Credentials | undefined;
  readonly generate: GenerateConfig;
}

/** What only `generate` needs; as written, for other commands must not stop at it. */
export interface GenerateConfig {
  /** Paths and globs of the schema files, relative to the folder of the config. */
  readonly schema: readonly string[];
  readonly casing: 'snake_case' | 'camelCase' | undefined;
  readonly breakpoints: boolean;
  readonly prefix: 'index' | 'timestamp' | 'supabase' | 'unix' | 'none';
}

export interface ConfigFlags {
  readonly cwd: string;
  readonly config?: string | undefined;
  readonly url?: string | undefined;
  /** Go by the defaults where there is no config, but a migrations folder. */
  readonly folderAlone?: boolean | undefined;
}

/**
 * Finds, loads and checks the config. Changes the working folder to that of the config while it is evaluated, because
 * `config({ path: '.env.local' })` in it is meant from there. Throws `no-config`, `config-failed`, `unsupported-dialect` or
 * `invalid-config`, the last with all faults at once.
 */
export async function loadConfig(flags: ConfigFlags): Promise<Config> {
  const alone = flags.folderAlone && flags.config === undefined ? findFolderAlone(flags.cwd) : undefined;
  if (alone !== undefined) {
    const facts = { configFile: alone, root: dirname(alone), url: flags.url };
    return { ...check({ dialect: 'postgresql', out: alone }, facts), isDefault: true };
  }
  const configFile = findConfig(flags.cwd, flags.config);
  const root = dirname(configFile);
  loadEnvFiles(root);
  const module = await evaluate(configFile, root);
  return check(configIn(module), { configFile, root, url: flags.url });
}

/**
 * What stands where there is no config, or none that can be read: the folder that is usual, and the database of the flags or the
 * environment. Throws nothing.
 */
export function withoutConfig(flags: ConfigFlags): Pick<Config, 'root' | 'migrationsFolder' | 'credentials'> {
  const file = flags.config === undefined ? nearestConfig(flags.cwd) : resolve(flags.cwd, flags.config);
  const root = file !== undefined && existsSync(dirname(file)) ? dirname(file) : flags.cwd;
  loadEnvFiles(root);
  const credentials = readCredentials(flags.url ? { url: flags.url } : undefined, []);
  return {
    root,
    migrationsFolder: findFolderAlone(flags.cwd) ?? resolve(root, 'drizzle'),
    credentials: credentials && targetFaults(credentials).length === 0 ? credentials : undefined,
  };
}

/** `export default`, `module.exports`, or `exports.default`, which the import of a CommonJS module wraps once more. */
function configIn(module: Record<string, unknown>): Record<string, unknown> {
  if (!isRecord(module.default)) return module;
  return isRecord(module.default.default) ? module.default.default : module.default;
}

export function projectOf(config: Config, database: string | Credentials, relativeTo: string): Project {
  const { migrationsFolder, migrationsSchema, migrationsTable, trashSchema, ignore, gate, backfill } = config;
  return {
    database,
    migrationsFolder,
    migrationsSchema,
    migrationsTable,
    trashSchema,
    ignore,
    gate,
    backfill,
    relativeTo,
  };
}

async function evaluate(configFile: string, root: string): Promise<Record<string, unknown>> {
  const cwd = process.cwd();
  process.chdir(root);
  try {
    return await loadModule(configFile);
  } finally {
    process.chdir(cwd);
  }
}

interface Facts {
  readonly configFile: string;
  readonly root: string;
  readonly url: string | undefined;
}

function check(raw: Record<string, unknown>, { configFile, root, url }: Facts): Config {
  const { dialect, out, migrations, dbCredentials, driver } = raw;
  const faults: string[] = [];
  const text = (value: unknown, name: string, byDefault: string): string | undefined => {
    if (value === '') faults.push(`\`${name}\` is empty; leave it out for \`${byDefault}\`.`);
    if (value === undefined || typeof value === 'string') return value || undefined;
    faults.push(`\`${name}\` must be a string, not ${typeof value}.`);
    return undefined;
  };
  if (driver !== undefined)
    faults.push(`\`driver: '${String(driver)}'\` is not a server that migrator can connect to; leave \`driver\` out.`);
  if (migrations !== undefined && !isRecord(migrations))
    faults.push('`migrations` must be an object with `table` and `schema`.');
  const { table, schema, ...others } = isRecord(migrations) ? migrations : {};
  faults.push(...unknownFields(Object.keys(others)));
  const migrationsTable = text(table, 'migrations.table', '__drizzle_migrations');
  const migrationsSchema = text(schema, 'migrations.schema', 'drizzle');
  const { trashSchema, ignore, lint, drift, backup, backfill, gate, changeset, production } = ownConfig(raw.migrator, {
    text,
    root,
    faults,
  });
  const filters = filtersOf(raw, faults);
  const folder = text(out, 'out', './drizzle') ?? './drizzle';
  const isPostgres = dialect === 'postgresql';
  // Another dialect's credentials would only be called wrong for being of that dialect.
  const credentials = isPostgres ? readCredentials(url ? { url } : dbCredentials, faults) : undefined;
  if (credentials) faults.push(...targetFaults(credentials));
  const detail = faults.map((fault) => `- ${fault}`).join('\n');
  if (!isPostgres) {
    throw new MigratorError('unsupported-dialect', {
      message:
        dialect === undefined
          ? 'The config names no dialect.'
          : `The config is for dialect \`${String(dialect)}\`; migrator knows PostgreSQL only.`,
      where: configFile,
      ...(detail && { detail: `Other faults:\n${detail}`, data: { faults } }),
      fix: "Set `dialect: 'postgresql'`.",
    });
  }
  if (faults.length > 0) {
    throw new MigratorError('invalid-config', {
      message: faults.length === 1 ? 'The config has a fault.' : `The config has ${faults.length} faults.`,
      where: configFile,
      detail,
      fix: `Correct ${faults.length === 1 ? 'it' : 'them'}; https://orm.drizzle.team/docs/drizzle-config-file describes the fields.`,
      data: { faults },
    });
  }
  return {
    configFile,
    root,
    migrationsFolder: resolve(root, folder),
    migrationsTable,
    migrationsSchema,
    trashSchema,
    ignore,
    lint,
    drift,
    backup,
    backfill,
    gate,
    changeset,
    production,
    filters,
    credentials,
    generate: generateConfig(raw, others.prefix),
  };
}

function filtersOf({ schemaFilter, tablesFilter }: Record<string, unknown>, faults: string[]): Config['filters'] {
  const names = (value: unknown, field: string): readonly string[] => {
    const list = value === undefined ? [] : [value].flat();
    if (!list.every((name) => typeof name === 'string'))
      faults.push(`\`${field}\` must be a string or a list of them.`);
    return list.filter((name) => typeof name === 'string');
  };
  return {
    schemas: schemaFilter === undefined ? undefined : names(schemaFilter, 'schemaFilter'),
    tables: names(tablesFilter, 'tablesFilter'),
  };
}

function generateConfig({ schema, casing, breakpoints }: Record<string, unknown>, prefix: unknown): GenerateConfig {
  const prefixes = ['index', 'timestamp', 'supabase', 'unix', 'none'] as const;
  return {
    schema: [schema].flat().filter((path) => typeof path === 'string'),
    casing: casing === 'snake_case' || casing === 'camelCase' ? casing : undefined,
    breakpoints: breakpoints !== false,
    prefix: prefixes.find((known) => known === prefix) ?? 'index',
  };
}

const OWN_FIELDS = [
  'trashSchema',
  'ignore',
  'lint',
  'drift',
  'backup',
  'backfill',
  'gate',
  'changeset',
  'production',
  'postgresVersion',
];
const OWN_NAMES =
  '`trashSchema`, `ignore`, `lint`, `drift`, `backup`, `backfill`, `gate`, `changeset`, `production` and `postgresVersion`';

/** `migrator: { trashSchema, ignore, lint, drift, backup, backfill, gate, changeset, production, postgresVersion }`. */
function ownConfig(
  own: unknown,
  {
    text,
    root,
    faults,
  }: {
    readonly text: (value: unknown, name: string, byDefault: string) => string | undefined;
    readonly root: string;
    readonly faults: string[];
  },
): Pick<
  Config,
  'trashSchema' | 'ignore' | 'lint' | 'drift' | 'backup' | 'backfill' | 'gate' | 'changeset' | 'production'
> {
  const known = own === undefined || isRecord(own);
  if (!known) faults.push(`\`migrator\` must be an object with ${OWN_NAMES}.`);
  const {
    trashSchema,
    ignore = [],
    lint,
    drift,
    backup,
    backfill,
    gate,
    changeset,
    production,
    postgresVersion,
    ...others
  } = isRecord(own) ? own : {};
  for (const field of Object.keys(others)) {
    const meant = closest(field, OWN_FIELDS);
    const hint = meant ? `did you mean \`${meant}\`?` : `there are ${OWN_NAMES}.`;
    faults.push(`\`migrator.${field}\` is no known field; ${hint}`);
  }
  if (production !== undefined && typeof production !== 'boolean')
    faults.push("`migrator.production` must be true or false, such as `process.env.STAGE === 'production'`.");
  const name = text(trashSchema, 'migrator.trashSchema', 'migrator_trash');
  // Names of parked things begin with it, and Postgres takes 63 bytes.
  if (name !== undefined && (/^pg_|^public$/.test(name) || Buffer.byteLength(name) > 30))
    faults.push('`migrator.trashSchema` must name a schema of its own, in at most 30 bytes.');
  const patterns = [ignore]
    .flat()
    .filter((pattern): pattern is string => typeof pattern === 'string' && pattern !== '');
  if (patterns.length < [ignore].flat().length)
    faults.push('`migrator.ignore` must be a list of patterns, such as `audit_*` or `table:public.tmp_*`.');
  return {
    trashSchema: name,
    ignore: patterns,
    lint: lintConfig(lint, { postgresVersion, root, faults }),
    drift: driftConfig(drift, { root, faults }),
    backup: backupConfig(backup, { text, root, faults }),
    backfill: backfillConfig(backfill, faults),
    gate: gateConfig(gate, faults),
    changeset: changesetConfig(changeset, { root, faults }),
    production: production === true,
  };
}

const MIGRATIONS_FIELDS = ['table', 'schema', 'prefix'];

/** A misspelt `table` would mean the default one, and every migration would run again. */
function unknownFields(names: readonly string[]): string[] {
  return names
    .filter((name) => !MIGRATIONS_FIELDS.includes(name))
    .map((name) => {
      const meant = closest(name, MIGRATIONS_FIELDS);
      const hint = meant ? `did you mean \`${meant}\`?` : 'there are `table`, `schema` and `prefix`.';
      return `\`migrations.${name}\` is no known field; ${hint}`;
    });
}

function targetFaults(credentials: Credentials): string[] {
  try {
    readTarget(credentials);
    return [];
  } catch (error) {
    if (!(error instanceof MigratorError)) return [String(error)];
    const several = error.data?.faults;
    return Array.isArray(several) ? several.map(String) : [`${error.message} ${error.fix ?? ''} (${error.where})`];
  }
}

/**
 * The database of the config, else `DATABASE_URL`, else what `PGHOST`, `PGSERVICE` or `PGDATABASE` say. An empty value counts as unset:
 * `url: process.env.DATABASE_URL!` without the variable means the embedded server.
 */
function readCredentials(given: unknown, faults: string[]): Credentials | undefined {
  if (given !== undefined && !isRecord(given)) {
    faults.push('`dbCredentials` must be an object with `url`, or with `host` and `database`.');
    return undefined;
  }
  const { url, host, port, user, password, database, ssl } = given ?? {};
  if (url !== undefined && typeof url !== 'string') faults.push('`dbCredentials.url` must be a string.');
  else if (url) return { url };
  if (typeof host === 'string' && host) {
    if (typeof database !== 'string' || !database) faults.push('`dbCredentials` has a `host` but no `database`.');
    return { host, ...strings({ user, password, database }), ...portOf(port), ssl };
  }
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL };
  return process.env.PGHOST || process.env.PGDATABASE ? {} : undefined;
}

/** An empty one counts as unset; a list, for several hosts, stays as it is. */
function portOf(port: unknown): { port?: number | string } {
  if (port === undefined || port === null || port === '') return {};
  return { port: typeof port === 'string' && port.includes(',') ? port : Number(port) };
}

function strings(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
