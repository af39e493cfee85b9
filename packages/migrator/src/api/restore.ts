import { checkBackup } from '../backup/check.js';
import { besideName, createDatabase } from '../backup/create-database.js';
import { restoreFailure } from '../backup/failures.js';
import {
  compareLoaded,
  type LoadableBackup,
  loadBackup,
  propertiesSql,
  readLoadable,
  rolesOf,
} from '../backup/load.js';
import { readProperties } from '../backup/read-database.js';
import type { BackupEvent, CheckedBackup, DatabaseProperties, Manifest } from '../backup/types.js';
import type { CatalogDifference } from '../catalog/index.js';
import { throwIfAborted, withCancel } from '../database/abort.js';
import { openBeside } from '../database/maintenance.js';
import { Session } from '../database/session.js';
import { inUse, readSessions, renameDatabases } from '../database/swap.js';
import { type ConnectionTarget, describeTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent } from '../sql/quote.js';
import { type Project, targetOf } from './project.js';
import { differenceLines, refusing } from './prove-backup.js';

export interface RestoreOptions {
  readonly file: string;
  /** Make a database of this name on the server, and leave that of the project alone. It must not exist. */
  readonly into?: string | undefined;
  /** Leave owners and privileges out: all belongs to the role that restores. */
  readonly noOwner?: boolean | undefined;
  /** Swap it in although its catalog is not as it was dumped. */
  readonly acceptDifferences?: boolean | undefined;
  /** End the sessions that are connected to the database that is replaced. */
  readonly terminate?: boolean | undefined;
  /** How long to wait for them, in milliseconds. Default 0. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: BackupEvent) => void) | undefined;
}

/** What a restore would do, found out without a change. */
export interface RestorePlan {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  readonly backup: CheckedBackup;
  /** The name that the restored database will have. */
  readonly name: string;
  /** The name that the database gets which it replaces; undefined where there is none. */
  readonly keptAs: string | undefined;
  /** Sessions that are in the way. */
  readonly sessions: number;
}

export interface RestoreReport {
  readonly database: string;
  readonly path: string;
  readonly manifest: Manifest;
  readonly name: string;
  readonly keptAs: string | undefined;
  readonly differences: readonly CatalogDifference[];
  readonly durationMs: number;
}

interface Place {
  readonly target: ConnectionTarget;
  readonly admin: Session;
  readonly major: number;
  readonly backup: LoadableBackup;
  readonly plan: RestorePlan;
  /** Of the database that is replaced: its owner, settings and grants stay. */
  readonly present: DatabaseProperties | undefined;
}

/** What `restore` would do now; the file is read from end to end. Changes nothing. Throws what `restore` throws before it begins. */
export async function planRestore(project: Project, options: RestoreOptions): Promise<RestorePlan> {
  return withPlace(project, options, async ({ plan }) => plan);
}

/**
 * Restores a backup into a new database beside the present one, compares its catalog with the one in the backup, and swaps
 * the two by renaming. The old one is kept under another name. Until the swap nothing changes for anybody, and whatever ends
 * it on the way, the new one is dropped. Throws `backup-unreadable`, `roles-missing`, `database-in-use`, `restore-failed`, `restore-differs`.
 */
export async function restore(project: Project, options: RestoreOptions): Promise<RestoreReport> {
  const started = performance.now();
  const { signal, onEvent = () => {} } = options;
  return withPlace(project, options, async (place) => {
    const { admin, target, plan, backup } = place;
    const { manifest, path } = backup;
    if (plan.keptAs !== undefined && plan.sessions > 0 && !options.terminate && !options.waitMs)
      throw inUse(plan.name, await readSessions(admin, plan.name));
    const beside = besideName(plan.name, 'restoring', new Date());
    onEvent({ type: 'restore-started', database: plan.database, into: beside, tables: manifest.tables.length });
    let keep = false;
    try {
      const differences = await load(place, beside, options);
      throwIfAborted(signal);
      onEvent({ type: 'phase', text: 'swapping' });
      keep = true;
      await swap(place, beside, options);
      const durationMs = performance.now() - started;
      onEvent({ type: 'finished', durationMs });
      return { database: plan.database, path, manifest, name: plan.name, keptAs: plan.keptAs, differences, durationMs };
    } catch (error) {
      if (!keep) await drop(target, beside, plan.name);
      throw restoreFailure(error, { target, signal, state: keep ? waiting(plan, beside) : unchanged(plan) });
    }
  });
}

async function withPlace<T>(project: Project, options: RestoreOptions, use: (place: Place) => Promise<T>): Promise<T> {
  const { file, into, noOwner, signal, onEvent = () => {} } = options;
  const target = targetOf(project);
  onEvent({ type: 'phase', text: 'checking the file' });
  const backup = await readLoadable(await checkBackup(file, { signal }));
  const name = into ?? target.database;
  const admin = await openBeside(target, [name], { applicationName: 'migrator restore', signal });
  try {
    const [row] = await admin.rows<{ major: number; roles: string[]; unused: string[] }>(
      `select current_setting('server_version_num')::int / 10000 as major, (select json_agg(rolname) from pg_roles) as roles,
         (select coalesce(json_agg(datname), '[]') from pg_database d where not exists (select from pg_stat_activity a where a.datid = d.oid)) as unused`,
    );
    const major = Number(row?.major);
    refuseMissingRoles(backup, row?.roles ?? [], noOwner !== true);
    const present = await readProperties(admin, major, name);
    if (into !== undefined && present) throw exists(into);
    const plan: RestorePlan = {
      database: describeTarget({ ...target, database: name }),
      backup,
      name,
      keptAs: present && besideName(name, 'before_restore', new Date()),
      sessions: (await readSessions(admin, name)).length,
    };
    for (const left of leftovers(row?.unused ?? [], name))
      onEvent({
        type: 'warning',
        message: `A restore that was killed has left ${left}; \`drop database ${quoteIdent(left)}\` removes it.`,
      });
    return await use({ target, admin, major, backup, plan, present });
  } finally {
    await admin.close();
  }
}

/** Databases that nobody is connected to, with a name of a restore that has not come to its end. */
function leftovers(unused: readonly string[], name: string): readonly string[] {
  return unused.filter((other) => other.startsWith(`${name}_restoring_`) && /_\d{14}$/.test(other));
}

/** Makes and fills the new database, and proves it. */
async function load(place: Place, beside: string, options: RestoreOptions): Promise<readonly CatalogDifference[]> {
  const { target, admin, major, backup, plan, present } = place;
  const { signal, onEvent = () => {} } = options;
  const owners = options.noOwner !== true;
  const { manifest } = backup;
  if (manifest.server.major > major)
    onEvent({
      type: 'warning',
      message: `The backup is of a server of version ${manifest.server.version}, this one is of ${major}: it may lack what the schema needs.`,
    });
  const { fault } = await withCancel(admin, signal, () =>
    createDatabase(major, manifest.database, (clauses) =>
      admin.run(`create database ${quoteIdent(beside)} template template0 ${clauses}`),
    ),
  );
  if (fault !== undefined)
    onEvent({
      type: 'warning',
      message: `Texts may sort otherwise than they did: the server has not the locale of the backup (${fault}).`,
    });
  const session = await Session.open({ ...target, database: beside }, { applicationName: 'migrator restore', signal });
  let differences: readonly CatalogDifference[];
  try {
    differences = await withCancel(session, signal, async () => {
      await loadBackup(session, backup, { owners, signal, onEvent });
      onEvent({ type: 'phase', text: 'comparing' });
      return compareLoaded(session, backup, owners);
    });
  } finally {
    await session.close();
  }
  const refused = refusing(differences, backup, major);
  if (refused.length > 0 && options.acceptDifferences !== true) throw differs(place, refused);
  // Those of the place, where there is one: a copy of production keeps the owner and the settings of staging.
  const properties = { ...manifest.database, ...(present && { ...present }), name: plan.name };
  for (const sql of propertiesSql(beside, properties, present !== undefined || owners)) await admin.run(sql);
  return differences;
}

async function swap({ target, admin, plan }: Place, beside: string, options: RestoreOptions): Promise<void> {
  const helper = await openBeside(target, [plan.name, beside], { applicationName: 'migrator restore' });
  try {
    const renamings = [
      ...(plan.keptAs === undefined ? [] : [{ from: plan.name, to: plan.keptAs }]),
      { from: beside, to: plan.name, own: true },
    ];
    await renameDatabases(admin, helper, renamings, {
      terminate: options.terminate === true,
      waitMs: options.waitMs ?? 0,
      signal: options.signal,
    });
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'database-in-use') throw error;
    throw new MigratorError('database-in-use', {
      message: error.message,
      ...(error.detail !== undefined && { detail: error.detail }),
      where: plan.name,
      state: waiting(plan, beside),
      fix: `Once nobody is connected: \`begin; ${plan.keptAs === undefined ? '' : `alter database ${quoteIdent(plan.name)} rename to ${quoteIdent(plan.keptAs)}; `}alter database ${quoteIdent(beside)} rename to ${quoteIdent(plan.name)}; commit\`. Or \`drop database ${quoteIdent(beside)}\`, and restore again with \`--terminate\`.`,
      cause: error,
    });
  } finally {
    await helper.close();
  }
}

/** On a connection of its own: the first one may be what was lost. */
async function drop(target: ConnectionTarget, beside: string, name: string): Promise<void> {
  try {
    const admin = await openBeside(target, [name, beside], { applicationName: 'migrator restore' });
    try {
      await admin.run(`drop database if exists ${quoteIdent(beside)} with (force)`);
    } finally {
      await admin.close();
    }
  } catch {
    // The server is gone: the next restore names what is left.
  }
}

function unchanged({ name, keptAs }: RestorePlan): string {
  return keptAs === undefined
    ? `Nothing was changed: there is still no database \`${name}\`.`
    : `Nothing was changed: \`${name}\` is as it was.`;
}

function waiting({ name }: RestorePlan, beside: string): string {
  return `\`${name}\` is as it was. The backup is restored and compared, and waits as \`${beside}\`.`;
}

function refuseMissingRoles(backup: LoadableBackup, there: readonly string[], owners: boolean): void {
  const missing = rolesOf(backup, owners).filter((role) => !there.includes(role));
  if (missing.length === 0) return;
  const names = missing.map((role) => `\`${role}\``).join(', ');
  throw new MigratorError('roles-missing', {
    message: `The server has not ${missing.length === 1 ? 'the role' : 'the roles'} ${names}, which ${owners ? 'own, may use, or are named in policies of,' : 'policies name in'} what is restored.`,
    where: backup.path,
    state: 'Nothing was changed.',
    fix: `Make ${missing.length === 1 ? 'it' : 'them'}: \`${missing.map((role) => `create role ${quoteIdent(role)}`).join('; ')}\`.${owners ? ' Or leave owners and privileges out with `--no-owner`.' : ''}`,
    data: { roles: missing },
  });
}

function exists(name: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `There is a database \`${name}\` already.`,
    where: '--into',
    state: 'Nothing was changed.',
    fix: 'Name another one; to replace the configured database, leave `--into` out.',
  });
}

function differs({ backup, plan, major }: Place, differences: readonly CatalogDifference[]): MigratorError {
  const other =
    backup.manifest.server.major === major
      ? ''
      : ` The backup is of version ${backup.manifest.server.major}, the server of ${major}.`;
  return new MigratorError('restore-differs', {
    message: `What was restored is not what was backed up.${other}`,
    where: backup.path,
    detail: differenceLines(differences).join('\n'),
    state: unchanged(plan),
    fix: 'Look at the differences; `--accept-differences` restores all the same.',
    data: { differences },
  });
}
