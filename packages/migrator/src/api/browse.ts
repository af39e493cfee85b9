import { type BrowseServer, serveBrowse } from '../browse/serve.js';
import { type Project, targetOf, withSession } from './project.js';

export interface BrowseOptions {
  /** 0: a free one. */
  readonly port: number;
  readonly timeoutMs: number;
  readonly mostRows: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Serves a page with the tables and rows of the database, read-only, on this machine; the caller closes it. Throws what a
 * connection that fails throws, and `port-taken`.
 */
export async function browse(project: Project, options: BrowseOptions): Promise<BrowseServer> {
  const target = targetOf(project);
  const session = { applicationName: 'migrator browse', signal: options.signal };
  await withSession(target, session, (opened) => opened.run('select 1'));
  return serveBrowse(target, options);
}
