import { check } from '../../api/check.js';
import { exitCodes } from '../../errors/catalog.js';
import { renderCheck, renderTrip } from '../../report/check.js';
import { checkJson } from '../../report/json.js';
import { printJson, type Run } from '../command.js';
import { loadCommandConfig } from '../open-project.js';

export interface CheckFlags {
  readonly since?: string;
  readonly skipRehearsal?: boolean;
  readonly scratchUrl?: string;
}

export const runCheck: Run<CheckFlags> = async (flags, io) => {
  const { root, migrationsFolder, migrationsSchema, migrationsTable, generate, trashSchema } = await loadCommandConfig(
    flags,
    io,
  );
  const project = { root, migrationsFolder, migrationsSchema, migrationsTable, relativeTo: io.cwd, generate };
  const report = await check(project, {
    since: flags.since,
    skipRehearsal: flags.skipRehearsal,
    scratchUrl: flags.scratchUrl,
    trashSchema,
    signal: io.signal,
    ...(!flags.json && {
      onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`),
      onTrip: (trip) => io.out(renderTrip(trip, io.color)),
    }),
  });
  if (flags.json) printJson(io, checkJson(report));
  else io.out(renderCheck(report, io.color));
  return report.ok ? exitCodes.ok : exitCodes.refused;
};
