import { createGunzip } from 'node:zlib';
import { type CatalogDifference, compareCatalogs, readCatalog, topDifferences } from '../catalog/index.js';
import { throwIfAborted } from '../database/abort.js';
import { liftLimits } from '../database/limits.js';
import type { Session } from '../database/session.js';
import { loadParser } from '../sql/parse.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import { contentOf, readText } from './check.js';
import { copyInSql } from './read-database.js';
import { LARGE_OBJECT_PUT, LARGE_OBJECT_TABLE } from './restore-script.js';
import { readSchemaStatements, type SchemaStatement } from './schema-statements.js';
import type { CheckedBackup, DatabaseProperties, OnBackupEvent } from './types.js';
import { COMPARED, RowCounter } from './write.js';

/** A backup with its schema read, ready to be loaded. */
export interface LoadableBackup extends CheckedBackup {
  readonly preData: readonly SchemaStatement[];
  readonly postData: readonly SchemaStatement[];
  /** What makes the large objects, empty. */
  readonly largeObjects: readonly SchemaStatement[];
}

export async function readLoadable(backup: CheckedBackup): Promise<LoadableBackup> {
  await loadParser();
  const read = async (name: string) =>
    backup.members.has(name) ? readSchemaStatements(await readText(backup, name)) : [];
  const [preData, postData, largeObjects] = await Promise.all([
    read('pre-data.sql'),
    read('post-data.sql'),
    read('large-objects.sql'),
  ]);
  return { ...backup, preData, postData: [...postData].sort((a, b) => turnOf(a) - turnOf(b)), largeObjects };
}

/** Event triggers may refuse what follows them, and a database with a subscription cannot simply be dropped: both come last. */
function turnOf({ entry }: SchemaStatement): number {
  if (/^EVENT TRIGGER .*; Type: COMMENT$|; Type: EVENT TRIGGER$/s.test(entry)) return 2;
  return /^SUBSCRIPTION .*; Type: COMMENT$|; Type: SUBSCRIPTION(?: TABLE)?$/s.test(entry) ? 1 : 0;
}

/** Roles that a server must have; without owners and privileges, those of policies and user mappings are left. */
export function rolesOf({ preData, postData, largeObjects }: LoadableBackup, owners: boolean): readonly string[] {
  const wanted = [...preData, ...postData, ...largeObjects].filter(({ about }) => owners || about === 'object');
  return [...new Set(wanted.flatMap(({ roles }) => roles))].sort();
}

/** Those that the database itself names: its owner, and who has grants and settings. */
export function rolesOfDatabase({ owner, grants, settings }: DatabaseProperties): readonly string[] {
  const named = [owner, ...(grants ?? []).map(({ grantee }) => grantee), ...settings.map(({ role }) => role)];
  return named.filter((role) => role !== null);
}

/** Subscriptions, which come back disabled: two must not read one slot. */
export function subscriptionsOf({ postData }: LoadableBackup): readonly string[] {
  return [...new Set(postData.flatMap(({ entry }) => /^(.*); Type: SUBSCRIPTION$/s.exec(entry)?.[1] ?? []))];
}

/** What could not be loaded, and why: `cause` is the server's error. */
export class LoadError extends Error {
  readonly place: string;
  constructor(place: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.place = place;
  }
}

export interface LoadOptions {
  /** Owners and privileges as they were; otherwise all belongs to the role that loads it. */
  readonly owners: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: OnBackupEvent;
}

/**
 * Loads a backup into an empty database, made of template0, and gathers statistics. Throws a `LoadError` that names the
 * object. The session is left with settings of its own: close it afterwards.
 */
export async function loadBackup(session: Session, backup: LoadableBackup, options: LoadOptions): Promise<void> {
  const { onEvent, signal } = options;
  const major = await prepare(session, backup);
  const tablespaces = await session.rows<{ name: string }>('select spcname as name from pg_catalog.pg_tablespace');
  const there = new Set(tablespaces.map(({ name }) => name));
  const wanted = (statement: SchemaStatement) =>
    isWanted(statement, { major, owners: options.owners, tablespaces: there });
  onEvent({ type: 'phase', text: 'making the schema' });
  await runStatements(session, backup.preData.filter(wanted), signal);
  await session.run(`set client_encoding = 'UTF8'; set row_security = off`);
  await loadTables(session, backup, options);
  throwIfAborted(signal);
  const sequences = await readText(backup, 'sequences.sql');
  await at('sequences', runInGroups(session, sequences.split(/^(?=SELECT pg_catalog\.setval\()/m)));
  await loadLargeObjects(session, backup, options);
  const rest = backup.postData.filter(wanted);
  for (const [index, statement] of rest.entries()) {
    throwIfAborted(signal);
    onEvent({ type: 'statement-progress', index, total: rest.length });
    await at(placeOf(statement), session.run(statement.text));
  }
  onEvent({ type: 'phase', text: 'gathering statistics' });
  await session.run('analyze');
}

/** What a new database has, and the old one had dropped. */
async function prepare(session: Session, { catalog }: LoadableBackup): Promise<number> {
  const [row] = await session.rows<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  const major = Number(row?.major);
  await session.run(
    `select ${liftLimits(major, 'session')}, set_config('lock_timeout', '0', false), set_config('synchronous_commit', 'off', false), set_config('lc_monetary', 'C', false), set_config('default_transaction_read_only', 'off', false)`,
  );
  if (!catalog.has('schema:public')) await session.run('drop schema public');
  if (!catalog.has('extension:plpgsql')) await session.run('drop extension if exists plpgsql');
  return major;
}

function isWanted(
  { about, text }: SchemaStatement,
  {
    major,
    owners,
    tablespaces,
  }: { readonly major: number; readonly owners: boolean; readonly tablespaces: ReadonlySet<string> },
): boolean {
  if (about === 'owner' || about === 'privilege') return owners;
  if (about === 'tablespace') {
    const name = /=\s*(?:'([^']*)'|"((?:[^"]|"")*)"|(\S+?));?$/.exec(text);
    const tablespace = (name?.[1] ?? name?.[2]?.replaceAll('""', '"') ?? name?.[3] ?? '').trim();
    return tablespace === '' || tablespaces.has(tablespace);
  }
  return !(major < 17 && /^set transaction_timeout\b/i.test(text));
}

/** Sent in groups without waiting in between. After an error the rest of a group fails or not: the database goes anyhow. */
async function runStatements(
  session: Session,
  statements: readonly SchemaStatement[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < statements.length; from += 50) {
    throwIfAborted(signal);
    const group = statements.slice(from, from + 50);
    const results = await Promise.allSettled(
      group.map((statement) => at(placeOf(statement), session.run(statement.text))),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

/** `index songs_title`, as pg_dump names the entry; else how it begins. */
function placeOf({ entry, text }: SchemaStatement): string {
  const [, name, type] = /^(.*); Type: (.*)$/.exec(entry) ?? [];
  return type === undefined ? text.replace(/\s+/g, ' ').trim().slice(0, 80) : `${type.toLowerCase()} ${name}`;
}

async function loadTables(
  session: Session,
  { path, members, manifest }: LoadableBackup,
  options: LoadOptions,
): Promise<void> {
  const total = manifest.tables.length;
  const all = manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0) || 1;
  let behind = 0;
  for (const [index, table] of manifest.tables.entries()) {
    throwIfAborted(options.signal);
    const [started, label] = [performance.now(), `${table.schema}.${table.name}`];
    const member = members.get(table.file);
    if (!member) throw new LoadError(`table ${label}`, new Error(`\`${table.file}\` is not in the backup`));
    const counter = new RowCounter((_, bytes) =>
      options.onEvent({
        type: 'table-progress',
        table: label,
        position: index + 1,
        total,
        bytes,
        share: (behind + bytes) / all,
      }),
    );
    const rows = await at(
      `rows of ${label}`,
      session.copyIn(copyInSql(table, manifest.encoding), contentOf(path, member), [createGunzip(), counter]),
    );
    if (rows !== table.rows)
      throw new LoadError(
        `rows of ${label}`,
        new Error(`${rows} rows were loaded of the ${table.rows} that were dumped`),
      );
    behind += table.bytes;
    options.onEvent({
      type: 'table-finished',
      table: label,
      position: index + 1,
      total,
      rows,
      bytes: table.bytes,
      durationMs: performance.now() - started,
    });
  }
}

/** Each group is a transaction of its own: every object takes a lock, of which a server has but some thousands. */
async function runInGroups(session: Session, statements: readonly string[]): Promise<void> {
  for (let from = 0; from < statements.length; from += 500)
    await session.run(statements.slice(from, from + 500).join(';\n'));
}

async function loadLargeObjects(session: Session, backup: LoadableBackup, options: LoadOptions): Promise<void> {
  const member = backup.members.get('large-objects.copy.gz');
  if (!member) return;
  throwIfAborted(options.signal);
  options.onEvent({ type: 'phase', text: 'large objects' });
  const wanted = backup.largeObjects
    .filter(({ about }) => options.owners || about === 'object')
    .map(({ text }) => text);
  const load = async () => {
    await session.run(`set search_path = pg_catalog; ${LARGE_OBJECT_TABLE}`);
    await session.copyIn('copy pg_temp.migrator_large_objects from stdin', contentOf(backup.path, member), [
      createGunzip(),
    ]);
    await runInGroups(session, wanted);
    await session.run(LARGE_OBJECT_PUT);
    await session.run(`drop table pg_temp.migrator_large_objects; set search_path = ''`);
  };
  await at('large objects', load());
}

async function at<T>(place: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new LoadError(place, error);
  }
}

/**
 * What a database that was loaded is not as it was dumped. Where the versions differ, one prints what another prints
 * otherwise: then `changed` is no proof, and is left to the caller.
 */
export async function compareLoaded(
  session: Session,
  backup: CheckedBackup,
  owners: boolean,
): Promise<readonly CatalogDifference[]> {
  const kinds = owners ? [] : ['owner', 'grant', 'default-privileges'];
  const keep = <T extends { readonly kind: string }>(object: T) => !kinds.includes(object.kind);
  const expected = new Map([...backup.catalog].filter(([, object]) => keep(object)));
  const actual = new Map([...(await readCatalog(session, COMPARED))].filter(([, object]) => keep(object)));
  return topDifferences(compareCatalogs(expected, actual));
}

/** Counts the rows that are really there. Gives a sentence for each table that has others than were dumped. */
export async function compareCounts(session: Session, { manifest }: CheckedBackup): Promise<readonly string[]> {
  const expected = new Map<string, { rows: number; name: string }>();
  for (const { schema, name, through, rows, ofExtension } of manifest.tables) {
    if (ofExtension) continue;
    const { schema: s, name: n } = through ?? { schema, name };
    const sql = `${through ? '' : 'only '}${quoteName(s, n)}`;
    const before = expected.get(sql);
    expected.set(sql, { rows: rows + (before?.rows ?? 0), name: `${s}.${n}` });
  }
  const wrong: string[] = [];
  await session.run('set row_security = off');
  for (const [sql, { rows, name }] of expected) {
    const [row] = await session.rows<{ n: string }>(`select count(*)::text as n from ${sql}`);
    if (Number(row?.n) !== rows) wrong.push(`${name} has ${row?.n} rows, and ${rows} were dumped.`);
  }
  return wrong;
}

/** Owner, settings, grants, comment and limit, which belong to a database by its name. */
export function propertiesSql(
  name: string,
  { owner, settings, grants, comment, connectionLimit }: DatabaseProperties,
  owners: boolean,
): readonly string[] {
  const database = quoteIdent(name);
  const role = (grantee: string | null) => (grantee === null ? 'public' : quoteIdent(grantee));
  return [
    ...(comment === null ? [] : [`comment on database ${database} is ${quoteLiteral(comment)}`]),
    ...(connectionLimit < 0 ? [] : [`alter database ${database} connection limit ${connectionLimit}`]),
    ...settings.flatMap((setting) =>
      setting.role !== null && !owners
        ? []
        : [
            `alter ${setting.role === null ? '' : `role ${quoteIdent(setting.role)} in `}database ${database} set ${setting.name
              .split('.')
              .map(quoteIdent)
              .join('.')} = ${valueSql(setting.name, setting.value)}`,
          ],
    ),
    ...(owners && grants !== null
      ? [
          `revoke all on database ${database} from public`,
          ...grants.map(
            ({ privilege, grantee, grantable }) =>
              `grant ${privilege} on database ${database} to ${role(grantee)}${grantable ? ' with grant option' : ''}`,
          ),
        ]
      : []),
    ...(owners ? [`alter database ${database} owner to ${quoteIdent(owner)}`] : []),
  ];
}

/** Lists are kept quoted already, and would be quoted once more as one name. */
function valueSql(name: string, value: string): string {
  const lists = [
    'search_path',
    'datestyle',
    'temp_tablespaces',
    'session_preload_libraries',
    'local_preload_libraries',
  ];
  return lists.includes(name.toLowerCase()) && value !== '' ? value : quoteLiteral(value);
}
