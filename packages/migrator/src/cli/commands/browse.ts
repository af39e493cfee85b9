import { browse } from '../../api/browse.js';
import { targetOf } from '../../api/project.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { printJson, type Run } from '../command.js';
import { parseDuration } from '../duration.js';
import { untilStopped } from '../io.js';
import { parseCount } from '../number.js';
import { openBrowser } from '../open-browser.js';
import { openProject } from '../open-project.js';

export interface BrowseFlags {
  readonly port?: string;
  readonly open?: boolean;
  readonly timeout: string;
  readonly rows: string;
}

const MOST_ROWS = 100_000;

/** Ends well at Ctrl-C: that is how it is meant to be ended. */
export const runBrowse: Run<BrowseFlags> = async (flags, io) => {
  const timeoutMs = parseDuration(flags.timeout, '--timeout', 1);
  const mostRows = parseCount(flags.rows, '--rows', { least: 1, most: MOST_ROWS });
  const port = flags.port === undefined ? 0 : parseCount(flags.port, '--port', { least: 0, most: 65_535 });
  const { project, embedded } = await openProject(flags, io);
  const server = await browse(project, { port, timeoutMs, mostRows, signal: io.signal });
  try {
    const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
    if (flags.json) printJson(io, { command: 'browse', ok: true, database, url: server.url, port: server.port });
    else
      io.out(
        `Database ${io.color.bold(database)}, read only\nOpen ${io.color.bold(server.url)}\nThe address works once, and on this machine only. Ctrl-C ends it.\n`,
      );
    if (flags.open) openBrowser(server.url);
    await untilStopped(io);
  } finally {
    await server.close();
  }
  if (!flags.json) io.out('Stopped.\n');
  return exitCodes.ok;
};
