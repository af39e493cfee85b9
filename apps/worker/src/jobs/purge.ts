import {
  and,
  type Database,
  inArray,
  isNotNull,
  lt,
  sessionsTable,
  signInAttemptsTable,
  songsTable,
  sql,
} from '@melodia/db';

/** Small enough that nobody waits for the locks of one batch. */
const BATCH = 500;

/** Removes songs that were deleted that many days ago, in batches. Returns how many. */
export async function purgeDeletedSongs(db: Database, olderThanDays: number, signal?: AbortSignal): Promise<number> {
  let purged = 0;
  while (!signal?.aborted) {
    const old = db
      .select({ id: songsTable.id })
      .from(songsTable)
      .where(and(isNotNull(songsTable.deleted_at), lt(songsTable.deleted_at, daysAgo(olderThanDays))))
      .limit(BATCH)
      .for('update', { skipLocked: true });
    const gone = await db.delete(songsTable).where(inArray(songsTable.id, old)).returning({ id: songsTable.id });
    purged += gone.length;
    if (gone.length < BATCH) break;
  }
  return purged;
}

/** Attempts to sign in are of use for as long as the longest window that they are counted in. */
const ATTEMPTS_KEPT_DAYS = 7;

/** Removes sessions that have ended, and old attempts to sign in. */
export async function purgeSessions(db: Database): Promise<void> {
  await db.delete(sessionsTable).where(lt(sessionsTable.expires_at, sql`now()`));
  await db.delete(signInAttemptsTable).where(lt(signInAttemptsTable.attempted_at, daysAgo(ATTEMPTS_KEPT_DAYS)));
}

const daysAgo = (days: number) => sql`now() - make_interval(days => ${days})`;
