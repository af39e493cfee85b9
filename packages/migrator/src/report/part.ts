import type { PartPlan } from '../api/part.js';
import { plural } from './text.js';

/** What `migrator part` would do, before anybody is asked. */
export function renderPart({ from, to, moves, stays }: PartPlan): string {
  const [shared, own] = [from, to].map(({ schema, table }) => `${schema}.${table}`);
  if (moves.length === 0) return `No row of ${shared} belongs to a migration of this folder: nothing is to be moved.\n`;
  return `${[
    `From ${shared} to ${own}, with their log:`,
    ...moves.map(({ id, tag, state }) => `  row ${id}  ${tag}${state === 'applied' ? '' : ` (${state})`}`),
    stays.length === 0
      ? `Nothing stays in ${shared}: no other project uses it.`
      : `${plural(stays.length, 'row')} of the other project ${stays.length === 1 ? 'stays' : 'stay'} in ${shared}.`,
  ].join('\n')}\n`;
}

export function partJson(plan: PartPlan, { dryRun }: { readonly dryRun: boolean }): unknown {
  return { command: 'part', ok: true, dryRun, ...plan };
}
