import { isMarkedProduction } from '../database/production-mark.js';
import { type Credentials, readTarget } from '../database/target.js';
import type { GenerateProject } from '../generate/generate.js';
import { guardStudio, STUDIO_ORIGIN } from '../studio/guard.js';
import { startStudio } from '../studio/start.js';
import { withSession } from './project.js';

export interface StudioProject extends Pick<GenerateProject, 'root' | 'generate'> {
  readonly database: string | Credentials;
}

export interface StudioServer {
  readonly port: number;
  /** Where the page is: it is Drizzle's own, and talks to the port. */
  readonly url: string;
  /** The database says of itself that it is one of production. */
  readonly isProduction: boolean;
  /** Resolves when drizzle-kit has ended by itself, with its last words. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts drizzle-kit's Studio server where no page can reach it, and a guard before it that lets in the pages of some origins. Throws
 * what a connection that fails throws, `port-taken` and `studio-failed`.
 */
export async function studio(
  { root, generate, database }: StudioProject,
  options: { readonly port: number; readonly origins: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<StudioServer> {
  const given: Credentials = typeof database === 'string' ? { url: database } : database;
  const target = readTarget(given);
  const session = { applicationName: 'migrator studio', signal: options.signal };
  const isProduction = await withSession(target, session, isMarkedProduction);
  const { hosts, user, password, database: name } = target;
  const credentials = given.url ? { url: given.url } : { ...hosts[0], user, password, database: name, ssl: given.ssl };
  const kit = await startStudio({ root, generate, credentials }, options.signal);
  try {
    const origins = [STUDIO_ORIGIN, ...options.origins];
    const guard = await guardStudio({ port: options.port, origins, socketPath: kit.socketPath });
    return {
      port: guard.port,
      url: `${STUDIO_ORIGIN}${guard.port === USUAL_PORT ? '' : `?port=${guard.port}`}`,
      isProduction,
      ended: kit.ended,
      close: async () => {
        kit.stop();
        await guard.close();
      },
    };
  } catch (error) {
    kit.stop();
    throw error;
  }
}

/** The one that the page asks if it is told none. */
const USUAL_PORT = 4983;
