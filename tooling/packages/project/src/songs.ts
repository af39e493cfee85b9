// What a team writes against the typed tables and the library.
import { createClient } from '@melodia/db/client';
import { assertCompatible } from '@melodia/db/compatibility';
import { songsTable } from '@melodia/db/schema';
import { migrate, type RunOptions, type StatusReport, status } from '@melodia/migrator';
import { validateSongRequest } from './validate.js';

export async function slugs(url: string): Promise<string[]> {
  const { db } = createClient({ url });
  await assertCompatible(db);
  const rows = await db.select({ slug: songsTable.slug }).from(songsTable);
  return rows.map(({ slug }) => slug);
}

export async function bringUp(url: string, options: RunOptions): Promise<StatusReport> {
  const project = { database: url, migrationsFolder: './drizzle/migrations' };
  await migrate(project, options);
  return status(project);
}

export { validateSongRequest };
