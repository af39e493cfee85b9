import type { RunResult } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type MigrateOptions, migrate, plan } from './migrate.js';
import type { Project } from './project.js';

export interface RunBackfillOptions
  extends Pick<MigrateOptions, 'signal' | 'onEvent' | 'backfill' | 'lockWaitMs' | 'timeouts'> {
  /** Tag of its migration. */
  readonly tag: string;
  /** What `NNNN_name.backfill.ts` exports, where the caller has imported it; else it is loaded from beside the migration. */
  readonly definition?: unknown;
}

/**
 * Runs one pending backfill, from where it has stopped, as a job of an application does: nothing else is migrated. Does nothing where
 * it is done. Throws `refused` where a migration before it is pending, and what `migrate` throws; the cursor is kept.
 *
 * @example
 * await runBackfill({ database: process.env.DATABASE_URL, migrationsFolder }, { tag: '0018_fill_slug', signal });
 */
export async function runBackfill(
  project: Project,
  { tag, definition, ...options }: RunBackfillOptions,
): Promise<RunResult> {
  const { steps } = await plan(project, { to: tag, ...(options.signal && { signal: options.signal }) });
  const before = steps.filter((step) => step.tag !== tag);
  const own = steps.find((step) => step.tag === tag);
  if (before.length > 0 || (own && !own.backfill))
    throw new MigratorError('refused', {
      message: own?.backfill
        ? `\`${tag}\` cannot run yet: \`${before[0]?.tag}\` stands before it and is pending.`
        : `\`${tag}\` is no backfill.`,
      where: own?.path ?? tag,
      state: 'Nothing was changed.',
      fix: own?.backfill
        ? `Apply what stands before it with \`migrator migrate --to ${before.at(-1)?.tag}\`.`
        : 'Apply it with `migrator migrate`.',
    });
  return migrate(project, {
    ...options,
    to: tag,
    ...(definition !== undefined && { definitions: { [tag]: definition } }),
  });
}
