import type { Layout } from './layout.js';
import { hasDatabaseFolder, readPostmaster } from './postmaster.js';
import { dataDirectoryOf, type EmbeddedState, readState } from './state.js';
import type { EmbeddedServer } from './types.js';

export const embeddedHost = '127.0.0.1';
export const defaultDatabase = 'dev';

/** The running server, found by reading two files: no process, no connection, well under a millisecond. */
export function findRunning(layout: Layout, database?: string): EmbeddedServer | undefined {
  const state = readState(layout);
  if (state === undefined || state.root !== layout.root) return undefined;
  const wanted = database ?? state.database;
  const dataDirectory = dataDirectoryOf(layout, state.place);
  const postmaster = readPostmaster(dataDirectory);
  const oid = state.databases[wanted];
  if (!postmaster?.ready || oid === undefined || !hasDatabaseFolder(dataDirectory, oid)) return undefined;
  return describeServer(layout, state, { port: postmaster.port, database: wanted });
}

export function describeServer(
  layout: Layout,
  state: EmbeddedState,
  facts: { port: number; database: string; startedNow?: boolean; createdNow?: boolean },
): EmbeddedServer {
  return {
    url: serverUrl(state, facts.port, facts.database),
    host: embeddedHost,
    port: facts.port,
    user: state.user,
    database: facts.database,
    dataDirectory: dataDirectoryOf(layout, state.place),
    version: state.version,
    startedNow: facts.startedNow ?? false,
    createdNow: facts.createdNow ?? false,
  };
}

export function serverUrl(login: { user: string; password: string }, port: number, database: string): string {
  const [user, password, name] = [login.user, login.password, database].map(encodeURIComponent);
  return `postgres://${user}:${password}@${embeddedHost}:${port}/${name}`;
}
