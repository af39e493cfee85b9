import type { EmbeddedOptions, EmbeddedServer } from './types.js';

/** Stops the server and keeps its data. False if it was not running. */
export async function stopEmbedded(root: string): Promise<boolean> {
  return await (await import('./stop.js')).stopEmbedded(root);
}

/** Stops the server, deletes all its data and starts a fresh one. */
export async function resetEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  return await (await import('./stop.js')).resetEmbedded(options);
}

/** Stops the server and deletes its data and state, also where they lie outside the project. */
export async function removeEmbedded(root: string): Promise<void> {
  await (await import('./stop.js')).removeEmbedded(root);
}
