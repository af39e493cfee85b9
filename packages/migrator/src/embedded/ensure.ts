import { layoutOf } from './layout.js';
import { findRunning } from './running.js';
import type { EmbeddedOptions, EmbeddedServer } from './types.js';

/**
 * The project's own Postgres server: found running (about a millisecond), else started, and made first if need be.
 * It goes on running after this process.
 *
 * @example
 * const server = await ensureEmbedded({ root: process.cwd(), database: 'melodia' });
 * const sql = postgres(server.url);
 */
export async function ensureEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const layout = layoutOf(options.root);
  const running = findRunning(layout, options.database);
  if (running !== undefined) return running;
  const { bootEmbedded } = await import('./boot.js');
  return await bootEmbedded(layout, options);
}

/** The running server, or undefined. Never starts one. */
export async function embeddedStatus(root: string): Promise<EmbeddedServer | undefined> {
  return findRunning(layoutOf(root));
}
