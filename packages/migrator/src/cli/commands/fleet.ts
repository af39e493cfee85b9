import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BackupOptions } from '../../api/backup.js';
import { driftFleet, type FleetEntry, type FleetOptions, migrateFleet, statusFleet } from '../../api/fleet.js';
import { projectOf } from '../../config/config.js';
import type { Phase } from '../../core/types.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { type FleetCell, failureOf, fleetJson, fleetProgress, fleetRow, renderFleet } from '../../report/fleet.js';
import { runJson } from '../../report/json.js';
import { plural } from '../../report/text.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import { parseCount, parseDuration } from '../duration.js';
import { type FleetListFlags, readList } from '../fleet-list.js';
import type { Io } from '../io.js';
import { loadCommandConfig } from '../open-project.js';
import { gateWait } from './migrate.js';

export interface FleetFlags extends FleetListFlags {
  readonly concurrency: string;
  readonly canary?: string;
  readonly maxFailures?: string;
  readonly keepGoing?: boolean;
}

export interface FleetMigrateFlags extends FleetFlags {
  readonly state?: string;
  readonly to?: string;
  readonly phase?: Phase;
  readonly wait?: string;
  readonly outOfOrder?: boolean;
  readonly backup?: string;
  readonly lockWait: string;
  readonly lockTimeout: string;
  readonly lockRetries: string;
}

export const runFleetMigrate: Run<FleetMigrateFlags> = async (flags, io) => {
  const { config, project, databases, options } = await open(flags, io);
  const { to, phase, outOfOrder, backup } = flags;
  if (backup !== undefined) mkdirSync(resolve(io.cwd, backup), { recursive: true, mode: 0o700 });
  const backupOptions: BackupOptions = { pgDump: config.backup.pgDump };
  const entries = await migrateFleet(project, databases, {
    ...options(migrateCell),
    doneFile: flags.state === undefined ? undefined : resolve(io.cwd, flags.state),
    ...(backup !== undefined && { backup: { folder: resolve(io.cwd, backup), options: backupOptions } }),
    migrate: {
      ...(to !== undefined && { to }),
      ...(phase !== undefined && { phase }),
      waitMs: gateWait(flags, phase),
      ...(outOfOrder && { outOfOrder }),
      lockWaitMs: parseDuration(flags.lockWait, '--lock-wait'),
      timeouts: {
        lockTimeoutMs: parseDuration(flags.lockTimeout, '--lock-timeout', 1),
        lockRetries: parseCount(flags.lockRetries, '--lock-retries'),
      },
    },
  });
  return report('fleet migrate', entries, { cellOf: migrateCell, json: migrateJson, flags, io });
};

export const runFleetStatus: Run<FleetFlags & { readonly check?: boolean }> = async (flags, io) => {
  const { project, databases, options } = await open(flags, io);
  const entries = await statusFleet(project, databases, options(statusCell));
  const json = (value: Status) => ({ upToDate: value.upToDate, ...countsOf(value) });
  const code = report('fleet status', entries, { cellOf: statusCell, json, flags, io });
  return code === exitCodes.ok && flags.check && !entries.every(({ value }) => value?.upToDate)
    ? exitCodes.notUpToDate
    : code;
};

export const runFleetDrift: Run<FleetFlags & { readonly check?: boolean; readonly scratchUrl?: string }> = async (
  flags,
  io,
) => {
  const { config, project, databases, options } = await open(flags, io);
  const { owners, grants, accepted } = config.drift;
  const entries = await driftFleet(project, databases, {
    ...options(driftCell),
    drift: { owners, grants, acceptedFile: accepted, scratchUrl: flags.scratchUrl },
  });
  const json = ({ drifted, differences, findings }: Drift) => ({ drifted, differences, findings });
  const code = report('fleet drift', entries, { cellOf: driftCell, json, flags, io });
  return code === exitCodes.ok && flags.check && entries.some(({ value }) => value?.drifted)
    ? exitCodes.notUpToDate
    : code;
};

type ValueOf<Function extends (...args: never[]) => Promise<FleetEntry<unknown>[]>> =
  Awaited<ReturnType<Function>>[number] extends FleetEntry<infer Value> ? Value : never;
type Migrated = ValueOf<typeof migrateFleet>;
type Status = ValueOf<typeof statusFleet>;
type Drift = ValueOf<typeof driftFleet>;

function migrateJson({ heldBack, ...result }: Migrated): object {
  return { ...runJson(result), heldBack };
}

function migrateCell({ done, heldBack }: Migrated): FleetCell {
  const newest = done.at(-1);
  const applied = newest && `${plural(done.length, 'migration')} applied, up to ${newest.tag}`;
  const held = heldBack.length > 0 && `${heldBack.length} held back`;
  return { text: [applied, held].filter(Boolean).join(', ') || 'up to date' };
}

function countsOf({ comparison }: Status): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of comparison.statuses) counts[state] = (counts[state] ?? 0) + 1;
  return { ...counts, ...(comparison.unknown.length > 0 && { unknown: comparison.unknown.length }) };
}

function statusCell(value: Status): FleetCell {
  const { applied = 0, ...others } = countsOf(value);
  const text = [`${applied} applied`, ...Object.entries(others).map(([state, count]) => `${count} ${state}`)];
  return { text: text.join(', '), isBehind: !value.upToDate };
}

function driftCell({ differences, drifted, pending }: Drift): FleetCell {
  const behind = pending.length > 0 ? `, ${pending.length} pending` : '';
  return { text: `${drifted ? plural(differences.length, 'difference') : 'no drift'}${behind}`, isBehind: drifted };
}

/** What the three have in common: the list, how it is gone through, and what is told meanwhile. */
async function open(flags: FleetFlags & GlobalOptions, io: Io) {
  const concurrency = parseCount(flags.concurrency, '--concurrency', 1);
  const maxFailures = flags.maxFailures === undefined ? 1 : parseCount(flags.maxFailures, '--max-failures', 1);
  const { canary } = flags;
  const config = await loadCommandConfig(flags, io, { folderAlone: true });
  const databases = await readList(flags, io);
  const options = <T>(cellOf: (value: T) => FleetCell): FleetOptions<T> => ({
    concurrency,
    maxFailures: flags.keepGoing ? Number.POSITIVE_INFINITY : maxFailures,
    canary: canary !== undefined && /^\d+$/.test(canary) ? Number(canary) : canary,
    signal: io.signal,
    onEntry: (entry, counts) => {
      if (flags.json) return;
      if (io.isTty) io.err(`\r\x1b[K${fleetProgress(counts, io.color)}`);
      else io.out(`${fleetRow(entry, cellOf, io.color).join('  ').trimEnd()}\n`);
    },
  });
  return { config, project: withoutDatabase(projectOf(config, '', io.cwd)), databases, options };
}

function withoutDatabase<P extends { readonly database: unknown }>({
  database: _,
  ...project
}: P): Omit<P, 'database'> {
  return project;
}

interface ReportOptions<T> {
  readonly cellOf: (value: T) => FleetCell;
  readonly json: (value: T) => object;
  readonly flags: FleetFlags & GlobalOptions;
  readonly io: Io;
}

/** Prints what became of them, and gives the exit code: that of the interruption, else the gravest one. */
function report<T>(
  command: string,
  entries: readonly FleetEntry<T>[],
  { cellOf, json, flags, io }: ReportOptions<T>,
): number {
  if (flags.json) printJson(io, fleetJson(command, entries, json));
  else {
    if (io.isTty) io.err('\r\x1b[K');
    const again = 'run the same command again once that is mended: those that are done have nothing to do.';
    io.out(renderFleet(entries, cellOf, io.color, { again }));
  }
  if (io.signal.aborted)
    return io.signal.reason instanceof MigratorError ? io.signal.reason.exitCode : exitCodes.interrupted;
  const codes = entries.flatMap(({ state, error }) => (state === 'failed' ? [failureOf(error).exitCode] : []));
  const gravest = [exitCodes.bug, exitCodes.database, exitCodes.refused].find((code) => codes.includes(code));
  return gravest ?? codes[0] ?? exitCodes.ok;
}
