import { spawn } from 'node:child_process';
import type { Config } from '../../config/config.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError, redact } from '../../errors/migrator-error.js';
import { confirm } from '../ask.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { loadCommandConfig, startEmbedded } from '../open-project.js';

export const runDbUp: Run<object> = async (flags, io) => {
  const config = await embeddedConfig(flags, io);
  const server = await startEmbedded(config, flags, io);
  const shown = redact(server.url);
  if (flags.json)
    printJson(io, {
      command: 'db up',
      ok: true,
      startedNow: server.startedNow,
      url: shown,
      port: server.port,
      version: server.version,
    });
  else
    io.out(
      `${server.startedNow ? 'Started' : 'Already running'}: Postgres ${server.version} at ${shown}\nThe whole URL: \`migrator db url\`.\n`,
    );
  return exitCodes.ok;
};

export const runDbDown: Run<object> = async (flags, io) => {
  const config = await embeddedConfig(flags, io);
  const { stopEmbedded } = await import('../../embedded/index.js');
  const stopped = await stopEmbedded(config.root);
  if (flags.json) printJson(io, { command: 'db down', ok: true, stopped });
  else io.out(stopped ? 'Stopped. The data is kept; the next command starts it again.\n' : 'It was not running.\n');
  return exitCodes.ok;
};

export const runDbReset: Run<{ readonly yes?: boolean }> = async (flags, io) => {
  const config = await embeddedConfig(flags, io);
  if (!flags.yes) await confirm('Delete the embedded database with all its data?', io);
  const { resetEmbedded } = await import('../../embedded/index.js');
  const server = await resetEmbedded({ root: config.root });
  if (flags.json) printJson(io, { command: 'db reset', ok: true, url: redact(server.url) });
  else io.out('Deleted and made anew, empty. Next: `migrator migrate`.\n');
  return exitCodes.ok;
};

/** The one command that prints a password: that is what it is asked for. */
export const runDbUrl: Run<object> = async (flags, io) => {
  const config = await embeddedConfig(flags, io);
  const { url } = await startEmbedded(config, flags, io);
  if (flags.json) printJson(io, { command: 'db url', ok: true, url });
  else io.out(`${url}\n`);
  return exitCodes.ok;
};

export const runDbPsql: Run<{ readonly args: readonly string[] }> = async (flags, io) => {
  const config = await embeddedConfig(flags, io);
  const server = await startEmbedded(config, flags, io);
  const { username, password, hostname, port, pathname } = new URL(server.url);
  const env = {
    ...io.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  };
  const child = spawn('psql', [...flags.args], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new MigratorError('wrong-usage', {
          message: 'psql is not installed: the embedded binaries do not bring it.',
          fix: 'Install it (Debian: `apt-get install postgresql-client`, macOS: `brew install libpq`), or use another client with the URL of `migrator db url`.',
          cause,
        }),
      ),
    );
    child.once('exit', (code) => resolve(code ?? exitCodes.bug));
  });
};

/** `DATABASE_URL` always wins; then there is no embedded server to speak of. */
export async function embeddedConfig(flags: GlobalOptions, io: Io): Promise<Config> {
  const config = await loadCommandConfig(flags, io);
  if (!config.credentials) return config;
  throw new MigratorError('wrong-usage', {
    message: 'A database is configured (DATABASE_URL, `--url` or the config), so the embedded Postgres is not in use.',
    where: config.configFile,
    fix: 'Unset DATABASE_URL (also in .env.local and .env) to use the embedded one.',
  });
}
