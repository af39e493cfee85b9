import { sqlstate } from '../database/history.js';
import { openBeside } from '../database/maintenance.js';
import { Session } from '../database/session.js';
import { renameDatabases } from '../database/swap.js';
import type { ConnectionTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { besideName } from './create-database.js';
import { restoreFailure } from './failures.js';

/** Which database gets which name. */
export interface SwapIn {
  /** The one that was restored and compared. */
  readonly ready: string;
  readonly name: string;
  /** The name that the present one gets; undefined where there is none. */
  readonly keptAs: string | undefined;
}

export interface SwapInOptions {
  readonly terminate?: boolean | undefined;
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How the command ends that does it later: ` --into shop`. */
  readonly finishing: string;
}

const SESSION = { applicationName: 'migrator restore' };

/**
 * Gives a database that was restored its name, and the one that has it another, both or none. Throws what `restoreFailure`
 * makes of a failure, with the way to finish or to give up; that the answer was lost on the way is no failure. Gives the
 * name that the one has which was there.
 */
export async function swapIn(
  target: ConnectionTarget,
  { ready, name, keptAs }: SwapIn,
  { terminate, waitMs, signal, finishing }: SwapInOptions,
): Promise<string | undefined> {
  try {
    return await withTwo(target, [name, ready], async (admin, helper) => {
      for (let at = Date.now(), kept = keptAs; ; at += 1000) {
        const renamings = [
          ...(kept === undefined ? [] : [{ from: name, to: kept }]),
          { from: ready, to: name, own: true },
        ];
        try {
          await renameDatabases(admin, helper, renamings, {
            terminate: terminate === true,
            waitMs: waitMs ?? 0,
            signal,
          });
          return kept;
        } catch (error) {
          // Another restore of the same second has kept one by that name.
          if (kept === undefined || sqlstate(error) !== '42P04') throw error;
          kept = besideName(name, 'before_restore', new Date(at));
        }
      }
    });
  } catch (error) {
    const there = await exists(target, ready, name);
    if (there === false) return keptAs;
    const finish = `\`migrator restore --finish${finishing}\` swaps it in`;
    const state =
      there === undefined
        ? `Either \`${name}\` is as it was, and the backup is restored and compared and waits as \`${ready}\`; or it is swapped in already.`
        : `\`${name}\` is as it was. The backup is restored and compared, and waits as \`${ready}\`.`;
    const failure = restoreFailure(
      error instanceof MigratorError && error.code === 'database-in-use'
        ? new MigratorError(error.code, { message: error.message, where: name, ...detailOf(error), cause: error })
        : error,
      { target, signal, state },
    );
    const advice =
      failure.code === 'database-in-use'
        ? `${error instanceof MigratorError ? error.fix : ''} Then ${finish}, which takes both flags too.`
        : `${finish}.`;
    throw new MigratorError(failure.code, {
      message: failure.message,
      ...(failure.where !== undefined && { where: failure.where }),
      ...detailOf(failure),
      state,
      fix: `${advice} To give it up: \`drop database ${quoteIdent(ready)}\`.`,
      data: { waiting: ready },
      cause: error,
    });
  }
}

function detailOf({ detail }: MigratorError): { detail?: string } {
  return detail === undefined ? {} : { detail };
}

/** On a connection of its own: the others may be what was lost. Undefined where nobody answers. */
async function exists(target: ConnectionTarget, database: string, name: string): Promise<boolean | undefined> {
  try {
    const admin = await openBeside(target, [name, database], SESSION);
    try {
      const rows = await admin.rows(`select from pg_database where datname = ${quoteLiteral(database)}`);
      return rows.length > 0;
    } finally {
      await admin.close();
    }
  } catch {
    return undefined;
  }
}

/** Says by its name that a database is whole, and sets what belongs to it. It has been filled by us, and nobody else knows it. */
export async function markReady(
  target: ConnectionTarget,
  { beside, ready, name }: { readonly beside: string; readonly ready: string; readonly name: string },
  properties: readonly string[],
): Promise<void> {
  const renaming = { from: beside, to: ready, own: true };
  await withTwo(target, [name, beside, ready], (admin, helper) =>
    renameDatabases(admin, helper, [renaming], { terminate: false, waitMs: 0, and: properties }),
  );
}

/** Sessions of their own: one that has been idle while all was loaded may be gone. */
async function withTwo<T>(
  target: ConnectionTarget,
  avoid: readonly string[],
  use: (admin: Session, helper: Session) => Promise<T>,
): Promise<T> {
  const admin = await openBeside(target, avoid, SESSION);
  try {
    const helper = await openBeside(target, avoid, SESSION);
    try {
      return await use(admin, helper);
    } finally {
      await helper.close();
    }
  } finally {
    await admin.close();
  }
}

/** Databases that restores to `name` have left, the newest first: those that are whole, and those that are not. */
export function leftovers(
  databases: readonly string[],
  name: string,
): { readonly whole: readonly string[]; readonly parts: readonly string[] } {
  const ours = (what: 'restored' | 'restoring') =>
    databases
      .filter((other) => {
        const [, year, month, day, hour, minute, second] = /_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(other) ?? [];
        const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
        return !Number.isNaN(at.getTime()) && other === besideName(name, what, at);
      })
      .sort()
      .reverse();
  return { whole: ours('restored'), parts: ours('restoring') };
}

/** On a connection of its own: the first one may be what was lost. Where the server is gone, the next restore names what is left. */
export async function dropBeside(target: ConnectionTarget, beside: string, name: string): Promise<void> {
  try {
    const admin = await openBeside(target, [name, beside], SESSION);
    try {
      const drop = () => admin.run(`drop database if exists ${quoteIdent(beside)} with (force)`);
      await drop().catch(async (error: unknown) => {
        if (sqlstate(error) !== '55006') throw error;
        const session = await Session.open({ ...target, database: beside }, SESSION);
        await dropSubscriptions(session).finally(() => session.close());
        await drop();
      });
    } finally {
      await admin.close();
    }
  } catch {
    // Said above.
  }
}

/** Postgres drops no database that has one. Those of a restore have never been connected, and the slot is another's. */
export async function dropSubscriptions(session: Session): Promise<void> {
  const rows = await session.rows<{ name: string }>(
    'select subname as name from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())',
  );
  for (const { name } of rows) {
    await session.run(`alter subscription ${quoteIdent(name)} set (slot_name = none)`);
    await session.run(`drop subscription ${quoteIdent(name)}`);
  }
}
