import { targetOf } from '../../api/project.js';
import { studio } from '../../api/studio.js';
import { describeTarget } from '../../database/target.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { printJson, type Run } from '../command.js';
import { untilStopped } from '../io.js';
import { parseCount } from '../number.js';
import { openBrowser } from '../open-browser.js';
import { openProject } from '../open-project.js';

export interface StudioFlags {
  readonly port: string;
  readonly open?: boolean;
  readonly origin?: readonly string[];
}

/** Ends well at Ctrl-C: that is how it is meant to be ended. */
export const runStudio: Run<StudioFlags> = async (flags, io) => {
  const port = parseCount(flags.port, '--port', { least: 0, most: 65_535 });
  const origins = (flags.origin ?? []).map(originOf);
  const { config, project, embedded } = await openProject(flags, io);
  const { root, generate } = config;
  const server = await studio({ root, generate, database: project.database }, { port, origins, signal: io.signal });
  let words: string | undefined;
  try {
    const database = describeTarget(targetOf(project)) + (embedded ? ' (embedded)' : '');
    const production = config.production || server.isProduction;
    if (flags.json)
      printJson(io, { command: 'studio', ok: true, database, production, url: server.url, port: server.port });
    else
      io.out(
        [
          `Database ${io.color.bold(database)}${production ? io.color.red(' (marked as one of production)') : ''}`,
          `Open ${io.color.bold(server.url)}`,
          'The page comes from the internet, from Drizzle; the data goes only between your browser and this machine.',
          'It can change rows. Without internet, or only to look: `migrator browse`. Ctrl-C ends it.',
          '',
        ].join('\n'),
      );
    if (flags.open) openBrowser(server.url);
    words = await Promise.race([untilStopped(io).then(() => undefined), server.ended]);
  } finally {
    await server.close();
  }
  if (words !== undefined && !io.signal.aborted) {
    throw new MigratorError('studio-failed', {
      message: 'The Studio server of drizzle-kit has ended.',
      where: root,
      detail: words,
      fix: 'Start it again; `migrator browse` shows tables and rows without drizzle-kit.',
    });
  }
  if (!flags.json) io.out('Stopped.\n');
  return exitCodes.ok;
};

function originOf(given: string): string {
  try {
    const { origin, protocol } = new URL(given);
    if (/^https?:$/.test(protocol) && given.replace(/\/$/, '') === origin) return origin;
  } catch {}
  throw new MigratorError('wrong-usage', {
    message: `\`--origin ${given}\` is no origin of a page.`,
    fix: 'Write scheme and host, and the port if there is one: `https://studio.example.com`.',
  });
}
