import { propertiesSql } from '../backup/load.js';
import { readProperties } from '../backup/read-database.js';
import { throwIfAborted, withCancel } from '../database/abort.js';
import { connectionError, isConnectFailure } from '../database/connection-error.js';
import { sqlstate } from '../database/history.js';
import { openBeside } from '../database/maintenance.js';
import type { Session } from '../database/session.js';
import { inUse, readUse, renameDatabases, terminateSessions } from '../database/swap.js';
import { closest } from '../errors/closest.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { type Project, targetOf } from './project.js';

/** A copy of a database, on the same server. */
export interface Snapshot {
  readonly name: string;
  readonly createdAt: Date;
  /** On disk, in bytes. */
  readonly size: number;
  /** The database that holds it. */
  readonly database: string;
}

export interface SnapshotOptions {
  readonly name: string;
  /** End the sessions that are connected; otherwise they are an error. */
  readonly terminate?: boolean | undefined;
  /** Replace a snapshot of that name. */
  readonly replace?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the present state is kept as when another one is brought back. */
export const BEFORE_RESTORE = 'before-restore';

/** What is kept of a snapshot in the comment on its database: names of databases are too short for it all. */
interface Note {
  readonly migrator: 'snapshot';
  readonly of: string;
  readonly name: string;
  readonly createdAt: string;
}

/** The snapshots of a project's database, newest first. */
export async function listSnapshots(project: Project, signal?: AbortSignal): Promise<readonly Snapshot[]> {
  return withAdmin(project, signal, (admin, of) => read(admin, of));
}

/**
 * Keeps a database as it is, as a copy that the server makes of its files. Nobody may be connected meanwhile. Throws
 * `wrong-usage` where there is one of that name, `database-in-use`.
 */
export async function saveSnapshot(project: Project, options: SnapshotOptions): Promise<Snapshot> {
  checkName(options.name);
  return withAdmin(project, options.signal, async (admin, of) => {
    const old = (await read(admin, of)).find(({ name }) => name === options.name);
    if (old && !options.replace) throw taken(options.name);
    const database = databaseName(of);
    await copy(admin, { from: of, to: database }, options);
    await admin.run(noteSql(database, noteOf(of, options.name)));
    if (old) await admin.run(`drop database ${quoteIdent(old.database)} with (force)`);
    const saved = (await read(admin, of)).find((snapshot) => snapshot.database === database);
    if (!saved) throw new Error('The snapshot is not listed by the server.');
    return saved;
  });
}

/** Puts a copy of a snapshot in the place of the database. What was there is the snapshot `before-restore` from then on. */
export async function restoreSnapshot(project: Project, options: SnapshotOptions): Promise<Snapshot> {
  return withAdmin(project, options.signal, async (admin, of, helper) => {
    const all = await read(admin, of);
    const snapshot = find(all, options.name);
    const [next, kept] = [databaseName(of), databaseName(of)];
    await copy(admin, { from: snapshot.database, to: next }, { ...options, terminate: true });
    try {
      for (const sql of await propertiesOf(admin, of, next)) await admin.run(sql);
      const renamings = [
        { from: of, to: kept },
        { from: next, to: of, own: true },
      ];
      // In one transaction: what was there must not be left under a name that nobody knows.
      await renameDatabases(admin, helper, renamings, {
        terminate: options.terminate === true,
        waitMs: 0,
        and: [noteSql(kept, noteOf(of, BEFORE_RESTORE))],
      });
    } catch (error) {
      await admin.run(`drop database if exists ${quoteIdent(next)} with (force)`).catch(() => {});
      throw error;
    }
    // The one that was asked for may be the one that goes; it is there again as the database itself.
    for (const old of all.filter(({ name }) => name === BEFORE_RESTORE))
      await admin.run(`drop database ${quoteIdent(old.database)} with (force)`);
    return snapshot;
  });
}

export async function dropSnapshot(project: Project, { name, signal }: SnapshotOptions): Promise<Snapshot> {
  return withAdmin(project, signal, async (admin, of) => {
    const snapshot = find(await read(admin, of), name);
    await admin.run(`drop database ${quoteIdent(snapshot.database)} with (force)`);
    return snapshot;
  });
}

async function withAdmin<T>(
  project: Project,
  signal: AbortSignal | undefined,
  use: (admin: Session, of: string, helper: Session) => Promise<T>,
): Promise<T> {
  const target = targetOf(project);
  const options = { applicationName: 'migrator snapshot', signal };
  const admin = await openBeside(target, [target.database], options);
  try {
    const helper = await openBeside(target, [target.database], options);
    try {
      return await withCancel(admin, signal, () => use(admin, target.database, helper));
    } finally {
      await helper.close();
    }
  } catch (error) {
    throw isConnectFailure(error) ? connectionError(error, target) : error;
  } finally {
    await admin.close();
  }
}

async function read(admin: Session, of: string): Promise<readonly Snapshot[]> {
  const rows = await admin.rows<{ database: string; note: string; size: number }>(
    `select datname as database, shobj_description(oid, 'pg_database') as note, pg_database_size(oid)::float8 as size from pg_database
     where shobj_description(oid, 'pg_database') like '{"migrator":"snapshot",%'`,
  );
  return rows
    .map(({ database, note: text, size }) => ({ database, size: Number(size), ...(JSON.parse(text) as Note) }))
    .filter((snapshot) => snapshot.of === of)
    .map(({ database, size, name, createdAt }) => ({ name, createdAt: new Date(createdAt), size, database }))
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

function find(snapshots: readonly Snapshot[], name: string): Snapshot {
  const found = snapshots.find((snapshot) => snapshot.name === name);
  if (found) return found;
  const names = snapshots.map((snapshot) => snapshot.name);
  const meant = closest(name, names);
  throw new MigratorError('unknown-snapshot', {
    message: `There is no snapshot \`${name}\`${names.length === 0 ? ', and no other' : ''}.`,
    state: 'Nothing was changed.',
    fix: meant
      ? `Did you mean \`${meant}\`?`
      : names.length === 0
        ? `\`migrator db snapshot save ${name}\` makes it.`
        : `There ${names.length === 1 ? 'is' : 'are'} ${names.map((each) => `\`${each}\``).join(', ')}.`,
  });
}

/** Postgres copies only what nobody is connected to; the comment of the source does not come with it. */
async function copy(
  admin: Session,
  { from, to }: { readonly from: string; readonly to: string },
  { terminate, signal }: SnapshotOptions,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    throwIfAborted(signal);
    if (terminate) await terminateSessions(admin, from);
    try {
      await admin.run(`create database ${quoteIdent(to)} template ${quoteIdent(from)}`);
      return;
    } catch (error) {
      if (sqlstate(error) !== '55006') throw error;
      if (terminate && attempt < 5) continue;
      throw inUse(from, await readUse(admin, from), error);
    }
  }
}

function noteOf(of: string, name: string): Note {
  return { migrator: 'snapshot', of, name, createdAt: new Date().toISOString() };
}

function noteSql(database: string, note: Note): string {
  return `comment on database ${quoteIdent(database)} is ${quoteLiteral(JSON.stringify(note))}`;
}

/** Owner, settings, grants and comment belong to a name: a copy has none of them. As SQL for the copy. */
async function propertiesOf(admin: Session, of: string, copy: string): Promise<readonly string[]> {
  const [row] = await admin.rows<{ major: number }>(
    `select current_setting('server_version_num')::int / 10000 as major`,
  );
  const properties = await readProperties(admin, Number(row?.major), of);
  return properties ? propertiesSql(copy, properties, true) : [];
}

let made = 0;

/** Tells in a list of databases what it is; what it is called stands in its comment. */
function databaseName(of: string): string {
  made += 1;
  const end = `_snapshot_${Date.now().toString(36)}${process.pid.toString(36)}${made}`;
  let start = of;
  while (Buffer.byteLength(start + end) > 63) start = [...start].slice(0, -1).join('');
  return start + end;
}

function checkName(name: string): void {
  if (/^[\w.-]{1,60}$/.test(name)) return;
  throw new MigratorError('wrong-usage', {
    message: `\`${name}\` is no name for a snapshot.`,
    fix: 'Use letters, digits, `-`, `_` and `.`, at most 60.',
  });
}

function taken(name: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `There is a snapshot \`${name}\` already.`,
    state: 'Nothing was changed.',
    fix: 'Choose another name, or pass `--yes` to replace it.',
  });
}
