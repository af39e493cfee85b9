import type { MigratorErrorInit } from '../errors/migrator-error.js';
import type { FoundPgDump } from './native-pg-dump.js';

export interface PgDumpFacts {
  /** `builtin`, a path, or undefined for whatever fits. */
  readonly asked: string | undefined;
  /** What was found there, or on the PATH. */
  readonly found: FoundPgDump | undefined;
  /** Major versions. */
  readonly server: number;
  readonly builtin: number;
  /** Why an installed program cannot connect, if so. */
  readonly obstacle: string | undefined;
}

export type PgDumpChoice =
  | {
      readonly use: 'builtin' | { readonly path: string; readonly version: string };
      readonly passedOver: readonly string[];
    }
  | { readonly error: MigratorErrorInit };

/**
 * The installed pg_dump of the server's own version first: it writes what that version reads. Then the built-in one, then
 * any that is newer than the server. pg_dump refuses servers newer than itself. Pure.
 */
export function choosePgDump({ asked, found, server, builtin, obstacle }: PgDumpFacts): PgDumpChoice {
  const isAsked = asked !== undefined && asked !== 'builtin';
  if (isAsked) {
    const fault = faultOf(asked, found, server, obstacle);
    if (fault) return { error: { ...fault, state: 'No backup was made; the database was only read.' } };
    if (found?.version !== undefined) return { use: { path: found.path, version: found.version }, passedOver: [] };
  }
  const native = asked === 'builtin' || found?.version === undefined ? undefined : { ...found, version: found.version };
  const fits = native && native.major >= server && obstacle === undefined;
  if (fits && native.major === server) return { use: { path: native.path, version: native.version }, passedOver: [] };
  if (server <= builtin)
    return { use: 'builtin', passedOver: asked === 'builtin' ? [] : passedOver(found, server, obstacle) };
  if (fits) return { use: { path: native.path, version: native.version }, passedOver: [] };
  return {
    error: {
      message: `No pg_dump knows a server of version ${server}: the built-in one is of version ${builtin}${found?.version === undefined ? '' : `, ${found.path} of ${found.version}`}.`,
      ...(obstacle && found && { detail: `${found.path} is not used: ${obstacle}.` }),
      state: 'No backup was made; the database was only read.',
      fix: `Install the client of version ${server} (Debian: \`apt-get install postgresql-client-${server}\`), or name one with \`--pg-dump /path/to/pg_dump\`.`,
    },
  };
}

function faultOf(
  asked: string,
  found: FoundPgDump | undefined,
  server: number,
  obstacle: string | undefined,
): MigratorErrorInit | undefined {
  const fix = 'Name another with `--pg-dump`, or leave it out: migrator brings one of its own.';
  if (!found) return { message: `There is no program \`${asked}\`.`, where: '--pg-dump', fix };
  if (found.version === undefined)
    return { message: `\`${found.path}\` is no pg_dump that runs: ${found.fault}.`, where: '--pg-dump', fix };
  if (found.major < server)
    return {
      message: `\`${found.path}\` is pg_dump ${found.version}, older than the server, which is of version ${server}: it would refuse it.`,
      where: '--pg-dump',
      fix,
    };
  return obstacle ? { message: `\`${found.path}\` cannot be used: ${obstacle}.`, where: '--pg-dump', fix } : undefined;
}

function passedOver(found: FoundPgDump | undefined, server: number, obstacle: string | undefined): string[] {
  if (!found) return [];
  if (found.version === undefined) return [`${found.path} is not used: it does not run (${found.fault}).`];
  if (found.major < server)
    return [
      `${found.path} is not used: it is of version ${found.version}, older than the server (${server}), and would refuse it.`,
    ];
  if (obstacle) return [`${found.path} is not used: ${obstacle}.`];
  return [`${found.path} is not used: it is of version ${found.version}, the server of ${server}.`];
}
