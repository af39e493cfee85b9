import { join, relative } from 'node:path';
import type { RebasePlan } from '../api/rebase.js';
import { describeEdits } from '../folder/edits.js';
import type { Colors } from './terminal.js';
import { plain, plural, table } from './text.js';

/** What will be moved and written: everything that has to be known before a yes. `folder`: the migrations folder as people know it. */
export function renderRebase(plan: RebasePlan, folder: string, color: Colors): string {
  const { onto, theirs, migrations, alreadyThere, dropped, edits, proven } = plan;
  const lines = [`On top of ${color.bold(onto)}${theirs.length > 0 ? ` (${theirs.join(', ')}):` : ':'}`];
  const rows = migrations.map(({ from, to, newDown }) => [
    `  ${from.tag}`,
    from.tag === to.tag ? 'keeps its number' : `→ ${to.tag}`,
    color.dim([from.when !== to.when && 'stamped anew', newDown && 'way back made anew'].filter(Boolean).join(', ')),
  ]);
  lines.push(...table(rows, (cell) => plain(cell).length));
  for (const { tag, as } of alreadyThere) lines.push(`  ${tag}  ${color.dim(`is there already, as ${as}`)}`);
  for (const tag of dropped) lines.push(`  ${tag}  ${color.yellow('is left out, and its files go')}`);
  if (proven) lines.push(color.green('Both orders were run on scratch, and end in the same schema.'));
  lines.push('Files:', ...describeEdits(edits, (path) => join(folder, path)).map((line) => `  ${color.dim(line)}`));
  return lines.map((line) => `${line}\n`).join('');
}

export function rebaseQuestion({ migrations, edits }: RebasePlan): string {
  return `Put ${plural(migrations.length, 'migration')} on top, and change ${plural(edits.length, 'file')}?`;
}

export function renderRebased({ theirs, dropped }: RebasePlan, folder: string, color: Colors): string {
  return [
    `${color.green('Done.')} Next: \`git add ${folder}\`, and commit or continue what git is in the middle of.`,
    ...(dropped.length > 0 ? ['Then `migrator generate` makes the changes again that were left out.'] : []),
    ...(theirs.length + dropped.length > 0
      ? ['A development database that has yours already: `migrator switch` brings it to the new order.']
      : []),
    '',
  ].join('\n');
}

export function rebaseJson(plan: RebasePlan | undefined, written: boolean, folder: string): unknown {
  if (!plan) return { command: 'rebase', ok: true, upToDate: true, written: false };
  const { edits, ...rest } = plan;
  const files = edits.map(({ path, text, reason }) => ({
    path: relative('.', join(folder, path)),
    change: text === null ? 'remove' : 'write',
    reason,
  }));
  return { command: 'rebase', ok: true, upToDate: false, written, ...rest, files };
}
