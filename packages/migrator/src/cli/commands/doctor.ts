import { type DoctorProject, doctor } from '../../api/doctor.js';
import { withoutConfig } from '../../config/config.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { doctorJson, renderDoctorCheck, renderDoctorVerdict } from '../../report/doctor.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { loadCommandConfig } from '../open-project.js';

export const runDoctor: Run<object> = async (flags, io) => {
  const project = await projectOf(flags, io);
  const report = await doctor(
    { ...project, relativeTo: io.cwd },
    {
      signal: io.signal,
      ...(!flags.json && { onResult: (result) => io.out(renderDoctorCheck(result, io.color)) }),
    },
  );
  if (flags.json) printJson(io, doctorJson(report));
  else io.out(renderDoctorVerdict(report, io.color));
  return report.exitCode;
};

/** A config that is missing or broken is one thing that is wrong: the rest is looked into all the same. */
async function projectOf(flags: GlobalOptions, io: Io): Promise<DoctorProject> {
  try {
    const { configFile, credentials, ...config } = await loadCommandConfig(flags, io);
    const { root, migrationsFolder, migrationsSchema, migrationsTable } = config;
    return { root, config: configFile, migrationsFolder, migrationsSchema, migrationsTable, database: credentials };
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code === 'wrong-usage') throw error;
    const known = withoutConfig({ cwd: io.cwd, config: flags.config, url: flags.url });
    const { root, migrationsFolder, credentials } = known;
    return { root, config: error, migrationsFolder, database: credentials };
  }
}
