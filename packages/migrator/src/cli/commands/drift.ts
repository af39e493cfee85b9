import { resolve } from 'node:path';
import { adoptDrift } from '../../api/adopt-drift.js';
import { acceptDrift, type DriftOptions, type DriftReport, drift } from '../../api/drift.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { driftJson, renderAccepted, renderAdopted, renderDrift, renderScript } from '../../report/drift.js';
import { renderDriftHtml } from '../../report/html/drift.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { openProject } from '../open-project.js';
import { writePage } from '../write-page.js';

export interface DriftFlags {
  readonly check?: boolean;
  readonly html?: string;
  readonly sql?: 'mend' | 'adopt';
  readonly adopt?: string;
  readonly dryRun?: boolean;
  readonly accept?: readonly string[];
  readonly reason?: string;
  readonly owners?: boolean;
  readonly grants?: boolean;
  readonly ignore?: readonly string[];
  readonly scratchUrl?: string;
}

export const runDrift: Run<DriftFlags> = async (flags, io) => {
  assertTogether(flags);
  const { config, project } = await openProject(flags, io);
  const options: DriftOptions = {
    ignore: flags.ignore,
    owners: flags.owners ?? config.drift.owners,
    grants: flags.grants ?? config.drift.grants,
    acceptedFile: config.drift.accepted,
    scratchUrl: flags.scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`) }),
  };
  if (flags.adopt !== undefined) {
    const { root, generate } = config;
    const report = await adoptDrift(
      { ...project, root, relativeTo: io.cwd, generate },
      { ...options, name: flags.adopt, dryRun: flags.dryRun },
    );
    if (flags.json) printJson(io, { command: 'drift --adopt', ok: true, ...report });
    else io.out(renderAdopted(report, io.color));
    return exitCodes.ok;
  }
  if (flags.accept !== undefined) {
    const report = await acceptDrift(project, {
      ...options,
      patterns: flags.accept,
      reason: flags.reason ?? '',
      acceptedFile: config.drift.accepted,
    });
    if (flags.json) printJson(io, { command: 'drift --accept', ok: true, ...report });
    else io.out(renderAccepted(report, io.color));
    return exitCodes.ok;
  }
  const report = await drift(project, options);
  if (flags.html !== undefined) writePage(resolve(io.cwd, flags.html), renderDriftHtml(report));
  print(report, flags, io);
  return flags.check && report.drifted ? exitCodes.notUpToDate : exitCodes.ok;
};

function print(report: DriftReport, flags: DriftFlags & GlobalOptions, io: Io): void {
  if (flags.json) printJson(io, driftJson(report));
  else if (flags.sql) io.out(renderScript(report, flags.sql));
  else io.out(renderDrift(report, io.color));
}

function assertTogether(flags: DriftFlags): void {
  const wrong = (message: string, fix: string) => new MigratorError('wrong-usage', { message, fix });
  if (flags.accept !== undefined && !flags.reason?.trim())
    throw wrong('`--accept` needs a reason.', "Say why it stays: `--reason 'made by the report tool'`.");
  if (flags.reason !== undefined && flags.accept === undefined)
    throw wrong('`--reason` belongs to `--accept`.', 'Name what it is for: `--accept <kind:name>`.');
  if (flags.dryRun && flags.adopt === undefined)
    throw wrong('`--dry-run` belongs to `--adopt`.', 'Without `--adopt` and `--accept`, nothing is written anyway.');
  const modes = [
    flags.adopt !== undefined && '--adopt',
    flags.accept !== undefined && '--accept',
    flags.sql !== undefined && '--sql',
    flags.check && '--check',
  ].filter((mode) => typeof mode === 'string');
  const [first, second] = modes;
  if (second !== undefined && first !== undefined)
    throw wrong(`${first} and ${second} exclude each other.`, 'Give one of them.');
}
