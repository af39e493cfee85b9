import type { Database } from '@melodia/db';
import { runBackfill } from '@melodia/db/migrations';
import type { Handlers, Recurring } from '../queue.js';
import type { Settings } from '../settings.js';
import { giveUpLyrics, processLyrics } from './process-lyrics.js';
import { purgeDeletedSongs, purgeSessions } from './purge.js';
import { refreshCounters } from './refresh-counters.js';

/** What each kind of job does. */
export function createHandlers(
  db: Database,
  {
    purgeAfterDays,
    databaseUrl,
    migrationsFolder,
  }: Pick<Settings, 'purgeAfterDays' | 'databaseUrl'> & { readonly migrationsFolder?: string },
): Handlers {
  return {
    'process-lyrics': {
      run: async (payload) => `answer ${payload.answerId}: ${await processLyrics(db, payload)}`,
      giveUp: (payload, reason) => giveUpLyrics(db, payload, reason),
    },
    'refresh-counters': {
      run: async () => said(await refreshCounters(db), 'categories counted anew'),
    },
    'purge-deleted-songs': {
      run: async (_, signal) => said(await purgeDeletedSongs(db, purgeAfterDays, signal), 'songs removed'),
    },
    'run-backfill': {
      // Cut short or delivered twice, it goes on where it stopped.
      run: async ({ tag }, signal) => {
        const folder = migrationsFolder === undefined ? {} : { folder: migrationsFolder };
        return (await runBackfill(databaseUrl, tag, { signal, ...folder })) ? `${tag} is done` : undefined;
      },
    },
    'purge-sessions': {
      run: async () => {
        await purgeSessions(db);
        return undefined;
      },
    },
  };
}

const said = (count: number, what: string) => (count === 0 ? undefined : `${count} ${what}`);

export const RECURRING: readonly Recurring[] = [
  { name: 'refresh-counters', match: '*/5 * * * *' },
  { name: 'purge-deleted-songs', match: '17 * * * *' },
  { name: 'purge-sessions', match: '47 * * * *' },
];
