import type { Project } from '../../api/project.js';
import {
  BEFORE_RESTORE,
  dropSnapshot,
  listSnapshots,
  restoreSnapshot,
  type Snapshot,
  saveSnapshot,
} from '../../api/snapshots.js';
import { projectOf } from '../../config/config.js';
import { exitCodes } from '../../errors/catalog.js';
import { bytes } from '../../report/backup.js';
import { table, timestamp } from '../../report/text.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { startEmbedded } from '../open-project.js';
import { embeddedConfig } from './db.js';

export interface SnapshotFlags {
  readonly name: string;
  readonly terminate?: boolean;
  readonly yes?: boolean;
}

export const runSnapshotSave: Run<SnapshotFlags> = async ({ name, terminate, yes, ...flags }, io) => {
  const project = await embeddedProject(flags, io);
  const snapshot = await saveSnapshot(project, { name, terminate, replace: yes, signal: io.signal });
  if (flags.json) printJson(io, { command: 'db snapshot save', ok: true, snapshot });
  else io.out(`Saved as \`${name}\` (${bytes(snapshot.size)}). To go back: \`migrator db snapshot restore ${name}\`\n`);
  return exitCodes.ok;
};

export const runSnapshotRestore: Run<SnapshotFlags> = async ({ name, terminate, yes, ...flags }, io) => {
  const project = await embeddedProject(flags, io);
  if (!yes) await confirm(`Replace the embedded database by the snapshot \`${name}\`?`, io);
  const snapshot = await restoreSnapshot(project, { name, terminate, signal: io.signal });
  if (flags.json) printJson(io, { command: 'db snapshot restore', ok: true, snapshot, keptAs: BEFORE_RESTORE });
  else io.out(`Restored \`${name}\`. What was there is the snapshot \`${BEFORE_RESTORE}\` now.\n`);
  return exitCodes.ok;
};

export const runSnapshotDrop: Run<SnapshotFlags> = async ({ name, yes, ...flags }, io) => {
  const project = await embeddedProject(flags, io);
  if (!yes) await confirm(`Delete the snapshot \`${name}\`?`, io);
  const snapshot = await dropSnapshot(project, { name, signal: io.signal });
  if (flags.json) printJson(io, { command: 'db snapshot drop', ok: true, snapshot });
  else io.out(`Deleted \`${name}\`.\n`);
  return exitCodes.ok;
};

export const runSnapshotList: Run<object> = async (flags, io) => {
  const snapshots = await listSnapshots(await embeddedProject(flags, io), io.signal);
  if (flags.json) printJson(io, { command: 'db snapshot list', ok: true, snapshots });
  else io.out(renderSnapshots(snapshots, io));
  return exitCodes.ok;
};

function renderSnapshots(snapshots: readonly Snapshot[], io: Io): string {
  if (snapshots.length === 0) return 'There is no snapshot. `migrator db snapshot save NAME` makes one.\n';
  const rows = snapshots.map(({ name, createdAt, size }) => [name, timestamp(createdAt), bytes(size)]);
  const [head = '', ...rest] = table([['snapshot', 'saved at (UTC)', 'size'], ...rows]);
  return `${[io.color.dim(head), ...rest].join('\n')}\n`;
}

async function embeddedProject(flags: GlobalOptions, io: Io): Promise<Project> {
  const config = await embeddedConfig(flags, io);
  const server = await startEmbedded(config, flags, io);
  return projectOf(config, server.url, io.cwd);
}
