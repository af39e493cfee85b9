import { status } from '../../api/status.js';
import { exitCodes } from '../../errors/catalog.js';
import { statusJson } from '../../report/json.js';
import { renderStatus } from '../../report/terminal.js';
import { printJson, type Run } from '../command.js';
import { openProject } from '../open-project.js';

export const runStatus: Run<{ readonly check?: boolean }> = async (flags, io) => {
  const { project } = await openProject(flags, io);
  const report = await status(project, { signal: io.signal });
  if (flags.json) printJson(io, statusJson(report));
  else io.out(renderStatus(report, io.color));
  return flags.check && !report.upToDate ? exitCodes.notUpToDate : exitCodes.ok;
};
