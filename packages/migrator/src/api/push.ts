import { withCancel } from '../database/abort.js';
import { readRows } from '../database/history.js';
import { ENVIRONMENT_SETTING, isMarkedProduction } from '../database/production-mark.js';
import type { Session } from '../database/session.js';
import { describeTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Rename } from '../generate/renames.js';
import type { RenameQuestion } from '../generate/resolve-renames.js';
import type { RehearsedStatement } from '../rehearsal/index.js';
import { applyPush } from './apply-push.js';
import { type PushProject, planPush } from './plan-push.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { withRunLock } from './run-lock.js';

export interface PushOptions {
  /** Plan it, and change nothing. */
  readonly dryRun?: boolean | undefined;
  readonly acceptDataLoss?: boolean | undefined;
  /** Asked before data is lost, where nobody has accepted that; false, or no function: it is refused. */
  readonly confirmLoss?: ((report: PushReport) => Promise<boolean>) | undefined;
  /** The config says that the database is one of production. */
  readonly production?: boolean | undefined;
  readonly onProduction?: boolean | undefined;
  readonly onMigrated?: boolean | undefined;
  /** Schemas that the schema files do not name, and that are to be emptied all the same. */
  readonly include?: readonly string[] | undefined;
  /** What was renamed, as `old=new`, as with `generate`. */
  readonly renames?: readonly string[] | undefined;
  readonly noRenames?: boolean | undefined;
  readonly askRename?: ((question: RenameQuestion) => Promise<string | undefined>) | undefined;
  /** Default: the database's own server, if the role may create databases; else an embedded one. */
  readonly scratchUrl?: string | undefined;
  /** Milliseconds that a statement may queue for a lock. Default: 3000. */
  readonly lockTimeoutMs?: number | undefined;
  /** How often a transaction is tried again after a lock timeout or a deadlock. Default: 3. */
  readonly lockRetries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** What would be destroyed, or converted so that digits may be lost. */
export interface PushLoss {
  readonly kind: 'table' | 'column' | 'conversion' | 'sequence';
  /** `public.songs`, `public.songs.title`. */
  readonly name: string;
  /** Of a conversion. */
  readonly types?: { readonly from: string; readonly to: string };
  /** Rows of the table, or values of the column; undefined where they cannot be counted; of a sequence 1. */
  readonly rows: number | undefined;
  /** From statistics, because counting took too long. */
  readonly estimated: boolean;
}

export interface PushReport {
  /** `user@host:port/database`, without password. */
  readonly database: string;
  /** In the order in which they run; empty where the database is what the schema means. */
  readonly statements: readonly string[];
  /** What each did on a scratch copy: locks and rewrites. */
  readonly rehearsed: readonly RehearsedStatement[];
  readonly losses: readonly PushLoss[];
  readonly renames: readonly Rename[];
  /** What the database has besides, and keeps. */
  readonly leftAlone: readonly string[];
  /** Whether the database was changed. */
  readonly pushed: boolean;
}

/**
 * Makes a development database what the schema files mean, without a migration. What they cannot say is left alone. Throws
 * `push-production`, `push-migrated`, `push-loses-data`, `push-unproven`, `unclear-rename` and `schema-failed`, with nothing changed;
 * `history-moved`, `statement-failed` and `lock-timeout` where the database has changed since, or refuses a statement.
 */
export async function push(project: PushProject, options: PushOptions = {}): Promise<PushReport> {
  const target = targetOf(project);
  const { signal } = options;
  return withSession(target, { applicationName: 'migrator push', signal }, (session) =>
    withCancel(session, signal, async () => {
      const { server } = await assertMayPush(project, session, options);
      const planned = await planPush(project, session, options);
      const { live: _, empty: __, ...told } = planned;
      const report: PushReport = { database: describeTarget(target), ...told, pushed: false };
      if (options.dryRun || report.statements.length === 0) return report;
      await assertAccepted(report, options);
      const pooled = session.isPooled(server.backendPid);
      const lock = { pooled, serverVersion: server.version, waitMs: 60_000, signal, onEvent: undefined };
      await withRunLock(target, trackingOf(project), lock, (stop) =>
        withCancel(session, stop, () => applyPush(project, session, planned, options)),
      );
      return { ...report, pushed: true };
    }),
  );
}

async function assertMayPush(project: Project, session: Session, options: PushOptions) {
  const tracking = trackingOf(project);
  const history = await readRows(session, tracking);
  const byItself = await isMarkedProduction(session);
  if ((options.production || byItself) && !options.onProduction) {
    throw new MigratorError('push-production', {
      message: `This database is marked as one of production, by ${byItself ? `its setting \`${ENVIRONMENT_SETTING}\`` : '`migrator.production` of the config'}: push keeps no history of what it does.`,
      where: describeTarget(targetOf(project)),
      state: 'Nothing was changed.',
      fix: 'Write a migration: `migrator generate`, then `migrator migrate`. If it must be, pass `--on-production`.',
    });
  }
  const { length } = history.rows;
  if (length > 0 && !options.onMigrated) {
    throw new MigratorError('push-migrated', {
      message: `This database has ${length === 1 ? 'one migration' : `${length} migrations`} applied: what push changes, the next one would find done already, and fail.`,
      where: describeTarget(targetOf(project)),
      state: 'Nothing was changed.',
      fix: 'Use `migrator generate` and `migrator migrate`; for a database that is thrown away afterwards pass `--on-migrated`.',
    });
  }
  return history;
}

async function assertAccepted(report: PushReport, options: PushOptions): Promise<void> {
  if (report.losses.length === 0 || options.acceptDataLoss) return;
  if (await options.confirmLoss?.(report)) return;
  throw new MigratorError('push-loses-data', {
    message: `This would lose data: ${report.losses.map(describeLoss).join('; ')}.`,
    where: report.database,
    state: 'Nothing was changed.',
    fix: 'If something was renamed, say so with `--rename old=new`; else pass `--accept-data-loss`.',
    data: { losses: report.losses },
  });
}

/** `3 rows of public.songs`, `about 10 values of public.songs.title`. */
export function describeLoss({ kind, name, rows, estimated, types }: PushLoss): string {
  if (kind === 'sequence') return `the counter of ${name}`;
  const noun = kind === 'table' ? 'row' : 'value';
  const many =
    rows === undefined
      ? `${noun}s`
      : `${estimated ? 'about ' : ''}${rows} ${noun}${rows === 1 && !estimated ? '' : 's'}`;
  return `${many} of ${name}${types ? `, converted from ${types.from} to ${types.to}` : ''}`;
}
