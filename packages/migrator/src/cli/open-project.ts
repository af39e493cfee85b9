import type { Project } from '../api/project.js';
import { type Config, loadConfig, projectOf } from '../config/config.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { GlobalOptions } from './command.js';
import type { Io } from './io.js';

/** Config and database of a command. Without a configured database, the project's own embedded Postgres is started. */
export async function openProject(
  options: GlobalOptions,
  io: Io,
): Promise<{ config: Config; project: Project; embedded: boolean }> {
  const config = await loadCommandConfig(options, io);
  if (config.credentials) return { config, project: projectOf(config, config.credentials, io.cwd), embedded: false };
  const server = await startEmbedded(config, options, io);
  return { config, project: projectOf(config, server.url, io.cwd), embedded: true };
}

/** Loads the config. An empty `--url` is a script's unset variable: another database must not be taken for it. */
export function loadCommandConfig(
  options: GlobalOptions,
  io: Io,
  { folderAlone }: { readonly folderAlone?: boolean } = {},
): Promise<Config> {
  if (options.url === '') {
    throw new MigratorError('wrong-usage', {
      message: '`--url` is empty.',
      fix: 'Check the variable that it is made from, or leave `--url` out.',
    });
  }
  return loadConfig({ cwd: io.cwd, config: options.config, url: options.url, folderAlone });
}

export async function startEmbedded(config: Config, options: GlobalOptions, io: Io) {
  if (io.env.DATABASE_URL === '') {
    // A secret that is missing in CI arrives as an empty variable; the deploy must not go green on another database.
    throw new MigratorError('no-database-url', {
      message: 'DATABASE_URL is set, but empty.',
      where: 'the environment',
      fix: 'Give it the URL of your database, or unset it to use the embedded Postgres.',
    });
  }
  if (io.env.NODE_ENV === 'production') {
    throw new MigratorError('no-database-url', {
      message:
        'No database is configured, and NODE_ENV is `production`: the embedded Postgres is for development only.',
      where: config.configFile,
      fix: 'Set DATABASE_URL, or pass `--url`.',
    });
  }
  const { ensureEmbedded } = await import('../embedded/index.js');
  return ensureEmbedded({
    root: config.root,
    onProgress: (message) => {
      if (!options.json) io.err(`${io.color.dim(message)}\n`);
    },
  });
}
