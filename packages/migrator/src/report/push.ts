import { describeLoss, type PushReport } from '../api/push.js';
import { sqlMode, strengthOf } from '../rehearsal/index.js';
import type { Colors } from './terminal.js';
import { plural } from './text.js';

type Rehearsed = PushReport['rehearsed'][number];

/** Every statement with what it locks, then what would be lost. */
export function renderPush({ database, statements, rehearsed, losses, leftAlone }: PushReport, color: Colors): string {
  const lines = [`Database ${color.bold(database)}`, ''];
  const byPlace = new Map(rehearsed.map((each) => [each.index, each]));
  for (const [index, sql] of statements.entries()) {
    lines.push(`${sql};`);
    const seen = byPlace.get(index);
    const does = seen ? effects(seen) : '';
    if (does !== '') lines.push(color.dim(`    ${does}`));
  }
  if (losses.length > 0) {
    lines.push('', color.bold('Lost by it'));
    lines.push(...losses.map((loss) => `  ${color.red('✗')} ${describeLoss(loss)}`));
  }
  if (leftAlone.length > 0) lines.push('', color.dim(`Left alone: ${leftAlone.join(', ')}.`));
  return `${lines.join('\n')}\n`;
}

/** The strongest lock on each table that was there, and the tables that are written anew. */
function effects({ locks, rewrites }: Rehearsed): string {
  const tables = new Map<string, Rehearsed['locks'][number]['mode']>();
  for (const { table, mode, existed } of locks) {
    const known = tables.get(table);
    if (existed && (known === undefined || strengthOf(mode) > strengthOf(known))) tables.set(table, mode);
  }
  const written = new Set(rewrites.filter(({ existed }) => existed).map(({ table }) => table));
  return [
    ...[...tables].map(([table, mode]) => `locks ${table} (${sqlMode(mode)})`),
    ...[...written].map((table) => `writes ${table} anew`),
  ].join(', ');
}

export function renderPushVerdict({ statements, pushed }: PushReport, color: Colors): string {
  if (statements.length === 0) return `${color.green('Nothing to do:')} the database is what the schema means.\n`;
  if (!pushed) return `\n${plural(statements.length, 'statement')}. Nothing was changed.\n`;
  return `\n${color.green('Pushed:')} ${plural(statements.length, 'statement')}; the database is what the schema means.
Before others get it, make it a migration: \`migrator generate\`; then tell this database: \`migrator repair --mark-applied <tag>\`.\n`;
}

/** docs/push-json.md describes it. */
export function pushJson(report: PushReport): unknown {
  return { command: 'push', ok: true, ...report };
}
