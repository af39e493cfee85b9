import { withCancel } from '../database/abort.js';
import { type Count, countRows } from '../database/count-rows.js';
import { readLoggedUps, readRows, sqlstate } from '../database/history.js';
import { type ParkedObject, purgeSql, readParked } from '../database/parked.js';
import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parks } from '../recoverable/index.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { registryOf } from './read-rollback.js';
import { readProjectFolder } from './read-state.js';
import { assertWritable, DEFAULT_TIMEOUTS, type RunOptions, runLocked } from './run.js';

/** Something that a migration has dropped, and that its rollback would bring back. */
export interface ParkedDrop extends ParkedObject {
  /** Rows of a table, values of a column; undefined for types and sequences. */
  readonly count?: Count | undefined;
  /** A migration of this folder has parked it, or one that the log of this project kept. */
  readonly isOurs: boolean;
}

export interface PurgeOptions extends Pick<RunOptions, 'lockWaitMs' | 'timeouts' | 'signal' | 'onEvent'> {
  /** Destroys exactly these: what `listParked` gave, was shown, and confirmed. */
  readonly drops: readonly ParkedDrop[];
  readonly onPurged?: ((drop: ParkedDrop) => void) | undefined;
}

/** What is parked in the database, by any project, oldest first, with how much it holds. Writes nothing. */
export async function listParked(
  project: Project,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly ParkedDrop[]> {
  return withSession(targetOf(project), { applicationName: 'migrator purge', signal }, (session) =>
    withCancel(session, signal, async () => {
      const parked = await readParked(session, registryOf(project));
      const counted = parked.filter(({ kind, exists }) => exists && (kind === 'table' || kind === 'column'));
      const targets = counted.flatMap(({ kind, table, parkedAs }) =>
        table ? [{ ...table, ...(kind === 'column' && { column: parkedAs }) }] : [],
      );
      const counts = await countRows(session, targets, signal);
      const ours = await ownParked(project, session, parked);
      return parked.map((entry) => {
        const at = counted.indexOf(entry);
        return { ...entry, isOurs: ours.has(entry), ...(at !== -1 && { count: counts[at] }) };
      });
    }),
  );
}

/**
 * Destroys parked columns, tables, sequences and types, each in a transaction of its own, under the run lock. From then on a
 * rollback of their migration is refused. Throws `purge-failed` at the first that cannot be dropped, naming what uses it.
 */
export async function purge(project: Project, options: PurgeOptions): Promise<readonly ParkedDrop[]> {
  const [target, tracking, registry] = [targetOf(project), trackingOf(project), registryOf(project)];
  if (options.drops.length === 0) return [];
  return withSession(target, { applicationName: 'migrator', signal: options.signal }, async (session) => {
    const { server } = await withCancel(session, options.signal, () => readRows(session, tracking));
    assertWritable(server, `${options.drops.length} to purge`);
    const place = { session, target, tracking, server, directory: project.migrationsFolder };
    return runLocked(place, options, async ({ planBehind }) => {
      const now = new Map((await planBehind(() => readParked(session, registry))).map((entry) => [entry.id, entry]));
      const done: ParkedDrop[] = [];
      for (const drop of options.drops.toSorted(byDependency)) {
        const entry = now.get(drop.id);
        // Brought back, or purged by another run, meanwhile.
        if (!entry) continue;
        await purgeOne(
          session,
          entry,
          registry,
          { ...DEFAULT_TIMEOUTS, ...options.timeouts }.lockTimeoutMs,
          done.length,
        );
        done.push(drop);
        options.onPurged?.(drop);
      }
      return done;
    });
  });
}

/** Several projects of one database park into one trash schema: what another one may still roll back is told from ours. */
async function ownParked(
  project: Project,
  session: Session,
  parked: readonly ParkedObject[],
): Promise<ReadonlySet<ParkedObject>> {
  if (parked.length === 0) return new Set();
  const { migrations } = readProjectFolder(project, { snapshots: false });
  const inFolder = parked.filter((entry) => migrations.some(({ file }) => file && parks(file.sql, entry)));
  const rest = parked.filter((entry) => !inFolder.includes(entry));
  const texts = rest.length === 0 ? [] : await readLoggedUps(session, trackingOf(project));
  return new Set([...inFolder, ...rest.filter((entry) => texts.some((sql) => parks(sql, entry)))]);
}

const KINDS = ['column', 'table', 'sequence', 'type'];

/** Tables and columns first: they are made of the types and use the sequences. */
function byDependency(a: ParkedDrop, b: ParkedDrop): number {
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.id - b.id;
}

async function purgeOne(
  session: Session,
  parked: ParkedObject,
  registry: { readonly schema: string; readonly table: string },
  lockTimeoutMs: number,
  doneBefore: number,
): Promise<void> {
  const statements = [
    'begin isolation level read committed read write',
    `set local lock_timeout = ${Math.round(lockTimeoutMs)}`,
    ...purgeSql(parked, registry),
    'commit',
  ];
  try {
    await session.run(statements.join(';\n'));
  } catch (error) {
    if (!session.isClosed) await session.run('rollback').catch(() => {});
    const code = sqlstate(error);
    if (!['2BP01', '55P03', '42501'].includes(code)) throw error;
    const { message, detail } = error as Error & { readonly detail?: string };
    throw new MigratorError(code === '55P03' ? 'lock-timeout' : 'purge-failed', {
      message: `${parked.name}, parked by \`${parked.migration}\`, could not be purged: ${message}.`,
      where: parked.parkedAs,
      ...(detail && { detail }),
      state:
        doneBefore === 0 ? 'Nothing was purged.' : `${doneBefore} purged before it; this and what follows are kept.`,
      fix:
        code === '2BP01'
          ? 'Drop what uses it, by a migration, and run `migrator purge` again.'
          : code === '42501'
            ? 'Run it as the role that owns it.'
            : 'Run `migrator purge` again at a quieter time.',
      cause: error,
    });
  }
}
