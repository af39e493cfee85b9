import type { Limits } from '../server/limits';

/** The limits of this process, as the server has made them: see src/server/server.ts. */
export function limits(): Limits {
  const made = (globalThis as Record<symbol, unknown>)[Symbol.for('@melodia/web limits')] as Limits | undefined;
  if (!made) throw new Error('The site is served by `node dist/server/main.js`, which limits what anybody may do.');
  return made;
}
