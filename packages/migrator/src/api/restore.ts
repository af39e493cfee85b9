import { checkBackup } from '../backup/check.js';
import { besideName, createDatabase } from '../backup/create-database.js';
import { restoreFailure } from '../backup/failures.js';
import {
  compareLoaded,
  type LoadableBackup,
  LoadError,
  loadBackup,
  propertiesSql,
  readLoadable,
  subscriptionsOf,
} from '../backup/load.js';
import { readProperties } from '../backup/read-database.js';
import { readServer, refuseMissingRoles, refuseRights } from '../backup/refuse-restore.js';
import { dropBeside, leftovers, markReady, swapIn } from '../backup/swap-in.js';
import type { BackupEvent, CheckedBackup, DatabaseProperties, Manifest } from '../backup/types.js';
import type { CatalogDifference } from '../catalog/index.js';
import { throwIfAborted, withCancel } from '../database/abort.js';
import { sqlstate } from '../database/history.js';
import { openBeside } from '../database/maintenance.js';
import { Session } from '../database/session.js';
import { type DatabaseUse, inUse, readUse } from '../database/swap.js';
import { type ConnectionTarget, describeTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent } from '../sql/quote.js';
import { finishing } from './finish-restore.js';
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
  /** Whole sentences: of locales that the server has not, of subscriptions that wait to be enabled. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

interface Place {
  readonly target: ConnectionTarget;
  readonly admin: Session;
  readonly major: number;
  readonly backup: LoadableBackup;
  readonly plan: RestorePlan;
  readonly use: DatabaseUse;
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
 * it on the way, the new one is dropped. What ends the swap leaves it, for `finishRestore`. Throws `backup-unreadable`,
 * `roles-missing`, `permission-denied`, `database-in-use`, `restore-failed`, `restore-differs`.
 */
export async function restore(project: Project, options: RestoreOptions): Promise<RestoreReport> {
  const started = performance.now();
  const { signal } = options;
  const warnings: string[] = [];
  const onEvent = (event: BackupEvent) => {
    if (event.type === 'warning') warnings.push(event.message);
    options.onEvent?.(event);
  };
  return withPlace(project, { ...options, onEvent }, async (place) => {
    const { target, plan, backup } = place;
    const { manifest, path } = backup;
    refuseUse(place, options);
    const failure = (error: unknown) => restoreFailure(error, { target, signal, state: unchanged(plan) });
    const { beside, ready } = await make(place, onEvent, signal).catch((error: unknown) => {
      throw failure(error);
    });
    let differences: readonly CatalogDifference[];
    try {
      onEvent({ type: 'restore-started', database: plan.database, into: beside, tables: manifest.tables.length });
      differences = await load(place, beside, { ...options, onEvent });
      throwIfAborted(signal);
      onEvent({ type: 'phase', text: 'swapping' });
      await markReady(target, { beside, ready, name: plan.name }, propertiesOf(place, ready, options));
    } catch (error) {
      await dropBeside(target, beside, plan.name);
      throw failure(error);
    }
    const swap = { ready, name: plan.name, keptAs: plan.keptAs };
    const keptAs = await swapIn(target, swap, { ...options, finishing: finishing(options.into) });
    const durationMs = performance.now() - started;
    onEvent({ type: 'finished', durationMs });
    const { database, name } = plan;
    return { database, path, manifest, name, keptAs, differences, warnings, durationMs };
  });
}

/** Who stays anyhow is in the way before an hour of loading as after it. */
function refuseUse({ plan, use }: Place, { terminate, waitMs }: RestoreOptions): void {
  if (plan.keptAs === undefined || waitMs) return;
  const lasting = use.sessions.length - use.clients + use.prepared.length;
  if (lasting > 0 || (use.clients > 0 && !terminate)) throw inUse(plan.name, use);
}

async function withPlace<T>(project: Project, options: RestoreOptions, use: (place: Place) => Promise<T>): Promise<T> {
  const { file, into, noOwner, signal, onEvent = () => {} } = options;
  const target = targetOf(project);
  onEvent({ type: 'phase', text: 'checking the file' });
  const backup = await readLoadable(await checkBackup(file, { signal }));
  const name = into ?? target.database;
  const admin = await openBeside(target, [name], { applicationName: 'migrator restore', signal });
  try {
    const server = await readServer(admin, name);
    const { major } = server;
    const present = await readProperties(admin, major, name);
    if (into !== undefined && present) throw exists(into);
    refuseRights(server, name);
    refuseMissingRoles(backup, server, { owners: noOwner !== true, fresh: present === undefined });
    const inUseBy = await readUse(admin, name);
    const plan: RestorePlan = {
      database: describeTarget({ ...target, database: name }),
      backup,
      name,
      keptAs: present && besideName(name, 'before_restore', new Date()),
      sessions: inUseBy.sessions.length,
    };
    const { whole, parts } = leftovers(server.unused, name);
    for (const left of parts)
      onEvent({
        type: 'warning',
        message: `A restore that was killed has left ${left}; \`drop database ${quoteIdent(left)}\` removes it.`,
      });
    for (const left of whole)
      onEvent({
        type: 'warning',
        message: `A restore waits as ${left} to be swapped in, by \`migrator restore --finish${finishing(into)}\`; \`drop database ${quoteIdent(left)}\` removes it.`,
      });
    for (const slot of server.slots)
      onEvent({
        type: 'warning',
        message: `The replication slot ${slot} stays with the database that is there now: what reads it will not see the restored one.`,
      });
    return await use({ target, admin, major, backup, plan, use: inUseBy, present });
  } finally {
    await admin.close();
  }
}

/** Makes the new database, under a name that no other restore has. */
async function make(
  { admin, major, backup: { manifest }, plan }: Place,
  onEvent: (event: BackupEvent) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly beside: string; readonly ready: string }> {
  if (manifest.server.major > major)
    onEvent({
      type: 'warning',
      message: `The backup is of a server of version ${manifest.server.version}, this one is of ${major}: it may lack what the schema needs.`,
    });
  for (let at = Date.now(); ; at += 1000) {
    const beside = besideName(plan.name, 'restoring', new Date(at));
    try {
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
      return { beside, ready: besideName(plan.name, 'restored', new Date(at)) };
    } catch (error) {
      // Another restore of the same second; told in two ways.
      if (!['42P04', '23505'].includes(sqlstate(error))) throw error;
    }
  }
}

/** Fills the new database, and proves it. */
async function load(place: Place, beside: string, options: RestoreOptions): Promise<readonly CatalogDifference[]> {
  const { target, admin, major, backup, plan } = place;
  const { signal, onEvent = () => {} } = options;
  const owners = options.noOwner !== true;
  await tryProperties(admin, propertiesOf(place, beside, options));
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
  for (const name of subscriptionsOf(backup))
    onEvent({
      type: 'warning',
      message: `The subscription ${name} came back disabled, as ${plan.keptAs === undefined ? 'another database' : `\`${plan.keptAs}\``} may still read its slot.`,
    });
  return differences;
}

/** Those of the place, where there is one: a copy of production keeps the owner and the settings of staging. */
function propertiesOf({ present, backup }: Place, database: string, { noOwner }: RestoreOptions): readonly string[] {
  return propertiesSql(database, present ?? backup.manifest.database, present !== undefined || noOwner !== true);
}

/** What is refused is found out before anything is loaded; it is set at the end, because it might get in the way of loading. */
async function tryProperties(admin: Session, properties: readonly string[]): Promise<void> {
  try {
    await admin.run(['begin', ...properties, 'rollback'].join(';\n'));
  } catch (error) {
    await admin.run('rollback').catch(() => {});
    throw new LoadError('what is set for the database', error);
  }
}

function unchanged({ name, keptAs }: RestorePlan): string {
  return keptAs === undefined
    ? `Nothing was changed: there is still no database \`${name}\`.`
    : `Nothing was changed: \`${name}\` is as it was.`;
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
