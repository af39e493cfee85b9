import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { abortError, throwIfAborted } from '../database/abort.js';
import type { Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';

/** A pg_dump of this machine. */
export interface FoundPgDump {
  readonly path: string;
  /** `17.5`; undefined where it does not run, with the reason. */
  readonly version: string | undefined;
  readonly major: number;
  readonly fault?: string;
}

/** The one that is named, or the first on the PATH. Undefined where there is none. */
export async function findPgDump(named?: string, env = process.env): Promise<FoundPgDump | undefined> {
  const path = named === undefined || !/[\\/]/.test(named) ? onPath(named ?? 'pg_dump', env) : existing(resolve(named));
  if (path === undefined) return undefined;
  const { status, output } = await run(path, ['--version'], env).catch((error: Error) => ({
    status: -1,
    output: error.message,
  }));
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)*\S*)/.exec(output)?.[1];
  if (status !== 0 || version === undefined)
    return { path, version: undefined, major: 0, fault: output.trim().split('\n')[0] || `it ended with ${status}` };
  return { path, version, major: Number.parseInt(version, 10) };
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => existing(join(folder, name))).find((path) => path !== undefined);
}

function existing(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** Runs it against the server that the session is connected to. Login and password go by the environment, never by arguments. */
export async function runNativePgDump(
  path: string,
  args: readonly string[],
  options: { readonly session: Session; readonly target: ConnectionTarget; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const { status, output, errors } = await run(
    path,
    args,
    environment(options.session, options.target),
    options.signal,
  );
  if (status !== 0) throw new Error(`pg_dump ended with ${status}: ${errors.trim()}`);
  return output;
}

function environment(session: Session, target: ConnectionTarget): NodeJS.ProcessEnv {
  const { host, port } = session.address;
  const others = Object.entries(process.env).filter(([name]) => !/^PG[A-Z]|^DATABASE_URL$/.test(name));
  return {
    ...Object.fromEntries(others),
    LC_ALL: 'C',
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGCLIENTENCODING: 'UTF8',
    PGAPPNAME: 'migrator pg_dump',
    PGSSLMODE: typeof target.ssl === 'string' ? target.ssl : 'disable',
    ...(target.password !== undefined && { PGPASSWORD: target.password }),
    PGOPTIONS: [target.settings.options, '-c lc_monetary=C'].filter(Boolean).join(' '),
  };
}

function run(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<{ readonly status: number; readonly output: string; readonly errors: string }> {
  throwIfAborted(signal);
  return new Promise((done, reject) => {
    const child = spawn(path, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => errors.push(data));
    const stop = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('close', (status, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(abortError(signal));
      else {
        const errorText = Buffer.concat(errors).toString();
        done({
          status: status ?? -1,
          output: Buffer.concat(output).toString(),
          errors: killedBy ? `${errorText}killed by ${killedBy}` : errorText,
        });
      }
    });
  });
}
