import { eq, inArray } from 'drizzle-orm';
import type { DatabaseOrTransaction } from './client.js';
import { categoriesTable, songCategoriesTable } from './schema/categories.js';
import { songsTable } from './schema/songs.js';

/**
 * Puts a song into exactly these categories: the join table and `songs.categories` change in one transaction.
 * Fails, and changes nothing, if a category does not exist.
 */
export async function setSongCategories(db: DatabaseOrTransaction, songId: number, slugs: string[]): Promise<void> {
  const wanted = [...new Set(slugs)].sort();
  await db.transaction(async (tx) => {
    // The row lock makes two callers take turns.
    await tx.select({ id: songsTable.id }).from(songsTable).where(eq(songsTable.id, songId)).for('update');
    const found = await tx
      .select({ id: categoriesTable.id, slug: categoriesTable.slug })
      .from(categoriesTable)
      .where(inArray(categoriesTable.slug, wanted));
    const missing = wanted.filter((slug) => !found.some((category) => category.slug === slug));
    if (missing.length > 0) throw new Error(`No such category: ${missing.join(', ')}.`);

    await tx.delete(songCategoriesTable).where(eq(songCategoriesTable.song_id, songId));
    if (found.length > 0) {
      await tx.insert(songCategoriesTable).values(found.map(({ id }) => ({ song_id: songId, category_id: id })));
    }
    await tx.update(songsTable).set({ categories: wanted }).where(eq(songsTable.id, songId));
  });
}
