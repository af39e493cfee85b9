import { basename } from 'node:path';
import type { BackupReport } from '../api/backup.js';
import type { FinishPlan } from '../api/finish-restore.js';
import type { RestorePlan, RestoreReport } from '../api/restore.js';
import type { ListedBackup } from '../backup/folder.js';
import type { BackupEvent, Manifest } from '../backup/types.js';
import { shellWord } from '../core/shell-word.js';
import type { ProgressOutput } from './progress.js';
import type { Colors } from './terminal.js';
import { duration, plural, table } from './text.js';

/** Turns events into lines for people: one per table, and on a terminal a bar for what is under way. */
export function backupReporter(output: ProgressOutput, color: Colors): (event: BackupEvent) => void {
  let liveShown = false;
  const clear = () => {
    if (liveShown) output.write('\r\x1b[2K');
    liveShown = false;
  };
  const line = (text: string) => {
    clear();
    output.write(`${text}\n`);
  };
  const live = (text: string) => {
    if (!output.live) return;
    clear();
    output.write(text.slice(0, Math.max(20, output.columns - 1)));
    liveShown = true;
  };
  return (event) => {
    switch (event.type) {
      case 'backup-started':
        line(`Backing up \`${event.database}\`, ${plural(event.tables, 'table')}; schema by ${event.pgDump}`);
        for (const reason of event.passedOver) line(`  ${color.dim(reason)}`);
        break;
      case 'restore-started':
        line(`Restoring ${plural(event.tables, 'table')} into the new database \`${event.into}\``);
        break;
      case 'phase':
        if (output.live) live(`  … ${event.text}`);
        else line(`  ${color.dim(event.text)}`);
        break;
      case 'table-progress':
        live(
          `  ${bar(event.share)} ${String(Math.floor(event.share * 100)).padStart(3)} %  ${event.position}/${event.total}  ${event.table}  ${bytes(event.bytes)}`,
        );
        break;
      case 'table-finished':
        line(
          `  ${color.green('✓')} ${event.table}  ${color.dim(`${plural(event.rows, 'row')}, ${bytes(event.bytes)}, ${duration(event.durationMs)}`)}`,
        );
        break;
      case 'statement-progress':
        live(
          `  ${bar(event.index / event.total)}  indexes, constraints and triggers  ${event.index + 1}/${event.total}`,
        );
        break;
      case 'warning':
        line(`  ${color.yellow('!')} ${event.message}`);
        break;
      case 'finished':
        clear();
        break;
      default:
        event satisfies never;
    }
  };
}

const WIDTH = 20;

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
  return `[${'█'.repeat(full)}${'·'.repeat(WIDTH - full)}]`;
}

/** `512 B`, `3.4 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log(count) / Math.log(1000)));
  return `${power === 0 ? count : (count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

export function renderBackup(report: BackupReport, color: Colors): string {
  const { path, size, manifest, verified, deleted, durationMs } = report;
  const rows = manifest.tables.reduce((sum, each) => sum + each.rows, 0);
  const lines = [
    `${color.green('Backed up')} ${plural(manifest.tables.length, 'table')} with ${plural(rows, 'row')} in ${duration(durationMs)}: ${color.bold(path)} (${bytes(size)})`,
    verified
      ? 'Read again, restored to a scratch database, catalog and row counts compared: all as it was dumped.'
      : 'Read again from end to end: all checksums are right. `--verify` restores it to a scratch database too.',
    ...deleted.map((old) => `Deleted ${old}: no rule keeps it.`),
    `To restore it: \`migrator restore ${shellWord(path)}\``,
  ];
  return `${lines.join('\n')}\n`;
}

export function renderVerified(path: string, manifest: Manifest, color: Colors): string {
  return `${color.green('It is good:')} ${path} was read from end to end, restored to a scratch database and compared (${plural(manifest.tables.length, 'table')}).\n`;
}

export function renderBackups(folder: string, listed: readonly ListedBackup[], color: Colors): string {
  if (listed.length === 0) return `There is no backup in ${folder}. \`migrator backup\` makes one.\n`;
  const head = ['backup', 'database', 'made at (UTC)', 'size', ''].map((cell) => cell);
  const rows = listed.map(({ path, size, manifest, fault }) => [
    basename(path),
    manifest?.database.name ?? '',
    manifest?.createdAt.slice(0, 19).replace('T', ' ') ?? '',
    bytes(size),
    fault === undefined ? '' : fault,
  ]);
  const [first = '', ...rest] = table([head, ...rows]);
  return `${[folder, color.dim(first), ...rest].join('\n')}\n`;
}

export function renderRestorePlan({ database, backup, name, keptAs, sessions }: RestorePlan, color: Colors): string {
  const { manifest } = backup;
  const lines = [
    `Backup    ${backup.path} (${bytes(backup.size)})`,
    `          of \`${manifest.database.name}\` on ${manifest.server.address}, made at ${manifest.createdAt}, ${plural(manifest.tables.length, 'table')}, Postgres ${manifest.server.version}`,
    `Database  ${color.bold(database)}`,
    keptAs === undefined
      ? `          will be made: there is no \`${name}\` yet`
      : `          will be replaced; what is there now is kept as \`${keptAs}\``,
  ];
  if (sessions > 0) lines.push(`          ${color.yellow(`${plural(sessions, 'session')} connected`)}`);
  return `${lines.join('\n')}\n`;
}

export function renderFinishPlan({ database, name, keptAs, ready, sessions }: FinishPlan, color: Colors): string {
  const lines = [
    `Ready     \`${ready}\`, restored and compared`,
    `Database  ${color.bold(database)}`,
    keptAs === undefined
      ? `          will be that: there is no \`${name}\` yet`
      : `          will be replaced by it; what is there now is kept as \`${keptAs}\``,
  ];
  if (sessions > 0) lines.push(`          ${color.yellow(`${plural(sessions, 'session')} connected`)}`);
  return `${lines.join('\n')}\n`;
}

export function renderFinish({ name, keptAs, ready }: FinishPlan, color: Colors): string {
  const lines = [`${color.green('Restored')} \`${name}\`: it is what \`${ready}\` was.`, ...keptLine(keptAs)];
  return `${lines.join('\n')}\n`;
}

function keptLine(keptAs: string | undefined): string[] {
  return keptAs === undefined
    ? []
    : [`What was there is kept as \`${keptAs}\`. To drop it: \`${dropCommand(keptAs)}\``];
}

export function renderRestore(report: RestoreReport, color: Colors): string {
  const lines = [
    `${color.green('Restored')} \`${report.name}\` as it was at ${report.manifest.createdAt}, in ${duration(report.durationMs)}.`,
  ];
  if (report.differences.length > 0)
    lines.push(
      `${plural(report.differences.length, 'object')} read otherwise than in the backup; \`--json\` lists them.`,
    );
  lines.push(...keptLine(report.keptAs));
  return `${lines.join('\n')}\n`;
}

function dropCommand(name: string): string {
  return `drop database "${name.replaceAll('"', '""')}"`;
}

export function backupJson(report: BackupReport): unknown {
  return {
    command: 'backup',
    ok: true,
    path: report.path,
    size: report.size,
    verified: report.verified,
    deleted: report.deleted,
    warnings: report.warnings,
    durationMs: report.durationMs,
    manifest: report.manifest,
    restore: `migrator restore ${shellWord(report.path)}`,
  };
}

export function backupsJson(folder: string, listed: readonly ListedBackup[]): unknown {
  return {
    command: 'backup',
    ok: true,
    folder,
    backups: listed.map(({ path, size, manifest, fault }) => ({
      path,
      size,
      ...(manifest && {
        database: manifest.database.name,
        server: manifest.server.address,
        createdAt: manifest.createdAt,
        tracking: manifest.tracking,
      }),
      ...(fault !== undefined && { fault }),
    })),
  };
}

export function restorePlanJson({ database, backup, name, keptAs, sessions }: RestorePlan): unknown {
  const { path, size, manifest } = backup;
  return { command: 'restore', ok: true, dryRun: true, database, name, keptAs, sessions, path, size, manifest };
}

export function restoreJson({
  database,
  path,
  name,
  keptAs,
  differences,
  warnings,
  durationMs,
}: RestoreReport): unknown {
  return {
    command: 'restore',
    ok: true,
    database,
    path,
    name,
    keptAs: keptAs ?? null,
    ...(keptAs !== undefined && { drop: dropCommand(keptAs) }),
    differences,
    warnings,
    durationMs,
  };
}

export function finishJson({ database, name, keptAs, ready, sessions }: FinishPlan, dryRun: boolean): unknown {
  return {
    command: 'restore',
    ok: true,
    ...(dryRun && { dryRun, sessions }),
    database,
    name,
    ready,
    keptAs: keptAs ?? null,
    ...(keptAs !== undefined && !dryRun && { drop: dropCommand(keptAs) }),
  };
}
