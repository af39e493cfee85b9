import type { Migration } from './types.js';

/** Path of the way back that stands beside a migration: `0001_x.down.sql`; in the layout of drizzle 1.0, `<folder>/down.sql`. */
export function downPathOf({ path, name }: Pick<Migration, 'path' | 'name'>): string {
  return name === undefined ? path.replace(/\.sql$/, '.down.sql') : path.replace(/migration\.sql$/, 'down.sql');
}
