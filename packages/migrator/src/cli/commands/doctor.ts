import { doctor } from '../../api/doctor.js';
import { doctorJson, renderDoctorCheck, renderDoctorVerdict } from '../../report/doctor.js';
import { printJson, type Run } from '../command.js';
import { loadCommandConfig } from '../open-project.js';

export const runDoctor: Run<object> = async (flags, io) => {
  const { root, migrationsFolder, migrationsSchema, migrationsTable, credentials } = await loadCommandConfig(flags, io);
  const report = await doctor(
    { root, migrationsFolder, migrationsSchema, migrationsTable, relativeTo: io.cwd, database: credentials },
    {
      signal: io.signal,
      ...(!flags.json && { onResult: (result) => io.out(renderDoctorCheck(result, io.color)) }),
    },
  );
  if (flags.json) printJson(io, doctorJson(report));
  else io.out(renderDoctorVerdict(report, io.color));
  return report.exitCode;
};
