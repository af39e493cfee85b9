import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BackupOptions, backup, backups, verifyBackup } from '../../api/backup.js';
import { targetOf } from '../../api/project.js';
import type { Config } from '../../config/config.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import {
  backupJson,
  backupReporter,
  backupsJson,
  renderBackup,
  renderBackups,
  renderVerified,
} from '../../report/backup.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseAge, parseCount, parseDuration } from '../duration.js';
import type { Io } from '../io.js';
import { loadCommandConfig, openProject } from '../open-project.js';

export interface BackupFlags {
  readonly out?: string;
  readonly verify?: boolean;
  readonly scratchUrl?: string;
  readonly pgDump?: string;
  readonly keep?: string;
  readonly keepFor?: string;
  readonly lockTimeout?: string;
  readonly list?: boolean;
  readonly check?: string;
}

export const runBackup: Run<BackupFlags> = async (flags, io) => {
  if (flags.list) return list(flags, io);
  if (flags.check !== undefined) return check(flags.check, flags, io);
  // Wrong flags first: nothing is to be started for them.
  backupOptions(flags, undefined, io);
  const { config, project, embedded } = await openProject(flags, io);
  const options = backupOptions(flags, config, io);
  if (!flags.json)
    io.out(`Database ${io.color.bold(describeTarget(targetOf(project)))}${embedded ? ' (embedded)' : ''}\n`);
  const report = await backup(project, options);
  if (flags.json) printJson(io, backupJson(report));
  else io.out(renderBackup(report, io.color));
  return exitCodes.ok;
};

async function list(flags: BackupFlags & GlobalOptions, io: Io): Promise<number> {
  const config = await loadCommandConfig(flags, io);
  const folder = flags.out === undefined ? backupFolder(config) : resolve(io.cwd, flags.out);
  const listed = await backups(folder);
  if (flags.json) printJson(io, backupsJson(folder, listed));
  else io.out(renderBackups(folder, listed, io.color));
  return exitCodes.ok;
}

async function check(file: string, flags: BackupFlags & GlobalOptions, io: Io): Promise<number> {
  const path = resolve(io.cwd, file);
  const { manifest } = await verifyBackup(path, {
    scratchUrl: flags.scratchUrl,
    signal: io.signal,
    onEvent: reporterOf(flags, io),
  });
  if (flags.json) printJson(io, { command: 'backup', ok: true, path, verified: true, manifest });
  else io.out(renderVerified(path, manifest, io.color));
  return exitCodes.ok;
}

/** Flags before config before defaults; for `migrate --backup` too. */
export function backupOptions(flags: BackupFlags & GlobalOptions, config: Config | undefined, io: Io): BackupOptions {
  const keepFor = flags.keepFor ?? config?.backup.keepFor;
  return {
    ...(flags.out === undefined ? { folder: config && makeFolder(config) } : { file: resolve(io.cwd, flags.out) }),
    verify: flags.verify === true,
    scratchUrl: flags.scratchUrl,
    pgDump: flags.pgDump ?? config?.backup.pgDump,
    keep: flags.keep === undefined ? config?.backup.keep : parseCount(flags.keep, '--keep', 1),
    keepForMs: keepFor === undefined ? undefined : parseAge(keepFor, '--keep-for'),
    lockTimeoutMs: flags.lockTimeout === undefined ? undefined : parseDuration(flags.lockTimeout, '--lock-timeout', 1),
    signal: io.signal,
    onEvent: reporterOf(flags, io),
  };
}

export function reporterOf(flags: GlobalOptions, io: Io): BackupOptions['onEvent'] {
  return flags.json ? undefined : backupReporter({ write: io.out, live: io.isTty, columns: io.columns }, io.color);
}

export function backupFolder({ root, backup: { folder } }: Config): string {
  return folder ?? join(root, '.migrator', 'backups');
}

/** The usual place is one that git ignores: a backup holds all the data. */
function makeFolder(config: Config): string {
  const folder = backupFolder(config);
  if (config.backup.folder === undefined && !existsSync(folder)) {
    const state = join(config.root, '.migrator');
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    chmodSync(folder, 0o700);
    if (!existsSync(join(state, '.gitignore'))) writeFileSync(join(state, '.gitignore'), '*\n');
  }
  return folder;
}
