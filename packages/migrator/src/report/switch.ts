import type { SwitchPreview, SwitchResult } from '../api/switch.js';
import { runJson } from './json.js';
import { renderPreview } from './rollback.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

export function isUpToDate({ down, up, restamps }: SwitchPreview): boolean {
  return down.plan.steps.length + up.steps.length + restamps.length === 0;
}

/** What will be undone, what that destroys, and what will be applied. */
export function renderSwitch({ down, up, restamps }: SwitchPreview, color: Colors): string {
  const lines = [
    ...(down.plan.steps.length > 0 ? [renderPreview(down, color).trimEnd()] : []),
    ...(restamps.length > 0
      ? ['Stays applied, and gets the stamp of the checkout:', ...restamps.map(({ tag }) => `  ${tag}`)]
      : []),
    ...(up.steps.length > 0
      ? ['To be applied:', ...up.steps.map(({ tag, path }) => `  ${tag}  ${color.dim(path)}`)]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function switchQuestion({ down, up }: SwitchPreview): string {
  const what = `Undo ${plural(down.plan.steps.length, 'migration')} and apply ${up.steps.length}`;
  return down.losses.length + down.uncounted.length === 0 ? `${what}?` : `${what}, and lose these data?`;
}

export function switchPreviewJson({ down, up, restamps, findings }: SwitchPreview, database: string): unknown {
  const { plan, losses, uncounted } = down;
  return { command: 'switch', ok: true, dryRun: true, database, losses, uncounted, down: plan, up, restamps, findings };
}

export function switchJson(result: SwitchResult, { down, findings }: SwitchPreview, database: string): unknown {
  const { losses, uncounted } = down;
  return {
    command: 'switch',
    ok: true,
    database,
    down: runJson(result.down),
    up: runJson(result.up),
    restamped: result.restamped,
    losses,
    uncounted,
    findings,
  };
}
