import { besideName } from '../backup/create-database.js';
import { readServer, refuseRights } from '../backup/refuse-restore.js';
import { leftovers, type SwapIn, swapIn } from '../backup/swap-in.js';
import { shellWord } from '../core/shell-word.js';
import { openBeside } from '../database/maintenance.js';
import type { Session } from '../database/session.js';
import { inUse, readUse } from '../database/swap.js';
import { type ConnectionTarget, describeTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type Project, targetOf } from './project.js';
import type { RestoreOptions } from './restore.js';

export type FinishOptions = Pick<RestoreOptions, 'into' | 'terminate' | 'waitMs' | 'signal'>;

/** A restore that came to its end but for the swap, and what the swap will do. */
export interface FinishPlan extends SwapIn {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  /** Sessions that are in the way. */
  readonly sessions: number;
}

/** What `finishRestore` would do now. Changes nothing. Throws what that throws before it begins. */
export async function planFinish(project: Project, options: FinishOptions): Promise<FinishPlan> {
  return withPlan(project, options, async (plan) => plan);
}

/**
 * Swaps in what a restore has left whole: the newest, where there are several. Throws `wrong-usage` where nothing waits,
 * `database-in-use`, and what `restore` throws of rights.
 */
export async function finishRestore(project: Project, options: FinishOptions): Promise<FinishPlan> {
  const { into, terminate, waitMs, signal } = options;
  return withPlan(project, options, async (plan, admin, target) => {
    const use = await readUse(admin, plan.name);
    if (
      plan.keptAs !== undefined &&
      !waitMs &&
      use.sessions.length + use.prepared.length > (terminate ? use.clients : 0)
    )
      throw inUse(plan.name, use);
    const keptAs = await swapIn(target, plan, { terminate, waitMs, signal, finishing: finishing(into) });
    return { ...plan, keptAs };
  });
}

/** The end of the command line that finishes it. */
export function finishing(into: string | undefined): string {
  return into === undefined ? '' : ` --into ${shellWord(into)}`;
}

async function withPlan(
  project: Project,
  { into, signal }: FinishOptions,
  use: (plan: FinishPlan, admin: Session, target: ConnectionTarget) => Promise<FinishPlan>,
): Promise<FinishPlan> {
  const target = targetOf(project);
  const name = into ?? target.database;
  const admin = await openBeside(target, [name], { applicationName: 'migrator restore', signal });
  try {
    const server = await readServer(admin, name);
    const [ready] = leftovers(server.databases, name).whole;
    if (ready === undefined) throw nothingWaits(name);
    refuseRights(server, name);
    const { sessions } = await readUse(admin, name);
    const keptAs = server.owner === null ? undefined : besideName(name, 'before_restore', new Date());
    const database = describeTarget({ ...target, database: name });
    return await use({ database, name, keptAs, ready, sessions: sessions.length }, admin, target);
  } finally {
    await admin.close();
  }
}

function nothingWaits(name: string): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `No restore of \`${name}\` waits to be finished.`,
    where: '--finish',
    state: 'Nothing was changed.',
    fix: '`migrator restore FILE` restores a backup, and finishes by itself.',
  });
}
