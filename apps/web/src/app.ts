import { type Database, sql } from '@melodia/db';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { songsPage } from './page.js';
import { listSongs } from './songs.js';

export interface AppOptions {
  db: Database;
  /** Told what went wrong behind an answer of 500 or 503. */
  onError: (error: unknown) => void;
}

export function createApp({ db, onError }: AppOptions): Hono {
  const app = new Hono();
  app.use(secureHeaders());
  app.get('/', async (c) => {
    const category = c.req.query('category');
    return c.html(songsPage(await listSongs(db, category), category));
  });
  // Alive: the process answers. Ready: the database does too.
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', async (c) => {
    try {
      await db.execute(sql`select 1`);
      return c.text('ok');
    } catch (error) {
      onError(error);
      return c.text('The database does not answer.', 503);
    }
  });
  app.onError((error, c) => {
    onError(error);
    return c.text('Something went wrong on our side.', 500);
  });
  return app;
}
