import type { BackfillProgress, Finding, Migration, Step } from '../core/types.js';
import { statementHashOf } from '../sql/backfill.js';
import { readStatements } from './statements.js';

/** Files that say `backfill` and cannot run in batches. Pure. Needs `loadParser`. */
export function unsuitableBackfills(
  migrations: readonly Pick<Migration, 'tag' | 'path' | 'file'>[],
  severity: 'error' | 'warning',
): Finding[] {
  return migrations.flatMap(({ tag, path, file }): Finding[] => {
    const backfill = file && /backfill/.test(file.sql) ? readStatements(file, undefined).backfill : undefined;
    if (!backfill || !('fault' in backfill)) return [];
    const { fault, fix, line } = backfill;
    return [
      {
        code: 'backfill-unsuitable',
        severity,
        tag,
        at: { file: path, ...(line !== undefined && { line }) },
        message: `\`${tag}\` says \`-- migrator: backfill\`, but ${fault}.`,
        consequence:
          'It cannot be run in batches that change each row exactly once. drizzle-kit would run the file as it is, in one transaction.',
        fix,
      },
    ];
  });
}

/** Of how many rows it has seen, in hundredths; less than 100 as long as it is not done. */
export function percentOf({ visited, estimated }: Pick<BackfillProgress, 'visited' | 'estimated'>): number {
  return Math.min(99, Math.floor((visited / Math.max(1, visited, estimated)) * 100));
}

/** What there is to say of backfills that an earlier run has begun. `forget` gives the SQL with which one begins anew. Pure. */
export function begunBackfills(
  steps: readonly Step[],
  records: readonly BackfillProgress[],
  forget: (step: Step) => string,
): Finding[] {
  return steps.flatMap((step): Finding[] => {
    const begun = records.find(({ tag, when }) => tag === step.tag && when === step.when);
    if (!begun || begun.status === 'done' || begun.batches === 0 || step.direction === 'down') return [];
    const at = { file: step.path, line: step.statements[0]?.line ?? 1 };
    if (step.backfill && statementHashOf(step.backfill) === begun.hash)
      return [
        {
          code: 'backfill-resumes',
          severity: 'info',
          tag: step.tag,
          at,
          message: `The backfill \`${step.tag}\` stopped at ${percentOf(begun)} %; it goes on behind the ${begun.visited} rows that are done.`,
          fix: 'Nothing to do: `migrator migrate` resumes it.',
        },
      ];
    return [
      {
        code: 'backfill-edited',
        severity: 'error',
        tag: step.tag,
        at,
        message: `The backfill \`${step.tag}\` has done ${begun.visited} rows (${begun.changed} changed), and ${step.backfill ? 'its statement has been edited since' : 'its file is no backfill any more'}.`,
        consequence: 'Going on would leave rows of two versions; beginning anew would change those rows twice.',
        fix: `Restore ${step.path} as it ran, and put the change into a new migration. If the new statement may run over those rows too: \`${forget(step)}\`.`,
      },
    ];
  });
}
