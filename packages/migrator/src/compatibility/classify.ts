import type { Catalog } from '../catalog/index.js';
import type { Finding, Phase } from '../core/types.js';
import { readDirectives } from '../sql/directives.js';
import { compatibilityChanges } from './changes.js';
import type { CompatibilityChange } from './types.js';

/** What a migration is in an expand/contract deployment. */
export interface Classification {
  readonly tag: string;
  /** What its catalogs say: `contract` if a release from before it would break. */
  readonly phase: Phase;
  /** What its file says; undefined where it says nothing, which means expand. */
  readonly declared: Phase | undefined;
  readonly changes: readonly CompatibilityChange[];
}

/** `before` and `after`: the catalogs on both sides of the migration, parked things left out. */
export function classify(
  { tag, sql }: { readonly tag: string; readonly sql: string },
  before: Catalog,
  after: Catalog,
): Classification {
  const changes = compatibilityChanges(before, after);
  const phase = changes.some(({ effect }) => effect === 'breaks') ? 'contract' : 'expand';
  return { tag, phase, declared: readDirectives(sql).phase, changes };
}

/** What breaks the release before must say so, so that it can be held back until that release is gone. */
export function phaseFindings(
  { tag, phase, declared, changes }: Classification,
  { path }: { readonly path: string },
): Finding[] {
  const at = { file: path, line: 1 };
  const breaking = changes.filter(({ effect }) => effect === 'breaks');
  const [first] = breaking;
  if (first && declared !== 'contract') {
    const more = breaking.length > 1 ? ` And ${breaking.length - 1} more.` : '';
    return [
      {
        code: 'contract-in-expand',
        severity: 'warning',
        tag,
        at,
        message: `\`${tag}\` breaks the release before it. ${first.message}${more}`,
        consequence:
          'While both releases run, which every deployment without a stop goes through, the older one fails; a rollback of the application fails too.',
        fix: 'Keep what the older release uses until it is gone, and take it away in a later migration that begins with `-- migrator: phase=contract` (`generate --phase contract`).',
      },
    ];
  }
  if (phase === 'expand' && declared === 'contract') {
    return [
      {
        code: 'contract-without-break',
        severity: 'info',
        tag,
        at,
        message: `\`${tag}\` is marked as contract, and takes nothing away that a release from before it uses.`,
        consequence: 'A deployment that holds contract migrations back waits for nothing.',
        fix: 'Remove `-- migrator: phase=contract`, unless it takes away what only people know of: rows, or what code inside strings uses.',
      },
    ];
  }
  return [];
}
