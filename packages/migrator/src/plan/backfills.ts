import type { BackfillProgress, Finding, Migration, Step } from '../core/types.js';
import { type BackfillFault, statementHashOf } from '../sql/backfill.js';
import { readStatements } from './statements.js';

/** Files that say `backfill` and cannot run in batches. Pure. Needs `loadParser`. */
export function unsuitableBackfills(
  migrations: readonly Pick<Migration, 'tag' | 'path' | 'file' | 'module'>[],
  severity: 'error' | 'warning',
): Finding[] {
  return migrations.flatMap(({ tag, path, file, module }): Finding[] => {
    const found = file && /backfill/.test(file.sql) ? faultOf(file, module !== undefined, path) : undefined;
    if (!found) return [];
    const { fault, fix, line } = found;
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

function faultOf(file: { readonly sql: string }, hasModule: boolean, path: string): BackfillFault | undefined {
  const { backfill, isGuard } = readStatements(file, undefined);
  if (!backfill) return undefined;
  const beside = path.replace(/^.*\//, '').replace(/\.sql$/, '.backfill.ts');
  if (isGuard && !hasModule)
    return {
      fault: `there is no \`${beside}\` beside it`,
      fix: `Write \`${beside}\`, with \`export default defineBackfill(…)\`.`,
    };
  if (hasModule && !isGuard)
    return {
      fault: `its SQL would be run in the place of \`${beside}\` by a tool that does not know it`,
      fix: `Have the SQL file hold just this: \`DO $$ BEGIN RAISE EXCEPTION 'this is a backfill in TypeScript: run migrator migrate'; END $$;\`.`,
    };
  return !hasModule && 'fault' in backfill ? backfill : undefined;
}

/** Of how many rows it has seen, in hundredths; less than 100 as long as it is not done. */
export function percentOf({ visited, estimated }: Pick<BackfillProgress, 'visited' | 'estimated'>): number {
  return Math.min(99, Math.floor((visited / Math.max(1, visited, estimated)) * 100));
}

/**
 * What there is to say of backfills that an earlier run has begun. `forget` gives the SQL with which one begins anew; `allowEdited`: an
 * edited one goes on. Pure.
 */
export function begunBackfills(
  steps: readonly Step[],
  records: readonly BackfillProgress[],
  { forget, allowEdited }: { readonly forget: (step: Step) => string; readonly allowEdited: boolean },
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
    const accepted = allowEdited && step.backfill !== undefined;
    return [
      {
        code: 'backfill-edited',
        severity: accepted ? 'warning' : 'error',
        tag: step.tag,
        at,
        message: `The backfill \`${step.tag}\` has done ${begun.visited} rows (${begun.changed} changed), and ${step.backfill ? 'its statement has been edited since' : 'its file is no backfill any more'}.`,
        consequence: accepted
          ? 'The rows that are done stay as the statement before it left them.'
          : 'Going on leaves rows of two versions; beginning anew changes those rows twice.',
        fix: accepted
          ? 'Accepted by `--allow-edited`: it goes on behind them.'
          : `Restore ${step.path} as it ran; or, if the rows that are done are right, as behind the correction of what failed, run \`migrator migrate --allow-edited\`, which goes on behind them. If the new statement may run over them too: \`${forget(step)}\`.`,
      },
    ];
  });
}
