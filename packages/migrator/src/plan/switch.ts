import type { AppliedRow, Comparison, MigrationStatus } from '../core/types.js';

/** How a database comes to hold what a checkout says. */
export interface SwitchDecision {
  /** Rows to undo, newest first: all behind the last one that the checkout has as it was applied. */
  readonly undo: readonly AppliedRow[];
  /** Stay applied, but have another stamp in the checkout: `rebase` moved them. */
  readonly restamp: readonly { readonly row: AppliedRow; readonly status: MigrationStatus }[];
}

/**
 * Finds the common ancestor of what is applied and what is checked out, in the order of application. A migration that was only
 * stamped anew is the same one: `rebase` has proven that the order does not matter. Pure.
 */
export function decideSwitch({ statuses }: Pick<Comparison, 'statuses'>, rows: readonly AppliedRow[]): SwitchDecision {
  const byRow = new Map(
    statuses.flatMap((status) =>
      [...(status.row ? [status.row] : []), ...(status.squashed ?? [])].map((row) => [row, status] as const),
    ),
  );
  const inOrder = rows.toSorted((a, b) => a.id - b.id);
  const first = inOrder.findIndex((row) => !isKept(byRow.get(row)));
  const [kept, undo] = first === -1 ? [inOrder, []] : [inOrder.slice(0, first), inOrder.slice(first)];
  return {
    undo: undo.reverse(),
    restamp: kept.flatMap((row) => {
      const status = byRow.get(row);
      return status?.state === 'restamped' && status.row === row ? [{ row, status }] : [];
    }),
  };
}

function isKept(status: MigrationStatus | undefined): boolean {
  if (!status || status.halfRolledBack) return false;
  if (status.state === 'edited') return status.edit === 'line-endings' || status.edit === 'formatting';
  return status.state === 'applied' || status.state === 'restamped';
}
