import type { UpgradePlan } from '../api/upgrade.js';
import { renderFindings } from './findings.js';
import type { Colors } from './terminal.js';
import { plural, table } from './text.js';

/** What `migrator upgrade` would do, before anybody is asked. */
export function renderUpgrade(plan: UpgradePlan, color: Colors): string {
  const { tracking, moves, edits, addColumns, rows, applied, pending, findings } = plan;
  const shown = findings.filter(({ severity }) => severity !== 'info');
  const lines = renderFindings(shown, color);
  if (lines.length > 0) lines.push('');
  if (edits.length > 0) {
    lines.push('The folder goes to the layout of drizzle 1.0:');
    lines.push(
      ...table(
        moves.map(({ from, to }) => ['', from, '→', to]),
        (cell) => cell.length,
      ),
    );
    lines.push('  meta/_journal.json is removed');
  } else lines.push('The folder has the layout of drizzle 1.0 already.');
  const name = `${tracking.schema}.${tracking.table}`;
  if (!addColumns && rows.length === 0) lines.push(`The tracking table ${name} needs nothing.`);
  else {
    lines.push(`The tracking table ${name}:`);
    if (addColumns) lines.push('  columns name and applied_at are added');
    lines.push(...rows.map(({ id, name: given }) => `  row ${id} is named ${given}`));
  }
  lines.push(
    `Proved: ${plural(applied.length, 'migration')} applied before and after; none would run again. ${
      pending.length === 0
        ? 'The next `migrate` of drizzle 1.0 has nothing to do.'
        : `The next \`migrate\` of drizzle 1.0 runs ${pending.length}: ${pending.slice(0, 5).join(', ')}${pending.length > 5 ? ', …' : ''}.`
    }`,
  );
  return `${lines.join('\n')}\n`;
}

/** Whether there is anything to do. */
export function isUpgraded({ edits, addColumns, rows }: UpgradePlan): boolean {
  return edits.length === 0 && !addColumns && rows.length === 0;
}

export function upgradeJson(plan: UpgradePlan, { dryRun }: { readonly dryRun: boolean }): unknown {
  const { tracking, edits, ...rest } = plan;
  return {
    command: 'upgrade',
    ok: true,
    dryRun,
    ...rest,
    trackingTable: `${tracking.schema}.${tracking.table}`,
    removes: edits.flatMap(({ path, text }) => (text === null ? [path] : [])),
  };
}
