import { serve } from '@hono/node-server';
import { createApp } from './app.js';
import { connect } from './lib/db.js';

const client = connect();
const app = createApp({ db: client.db, onError: (error) => console.error(error) });
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`web: http://localhost:${port}`);
});

/** Answers what is being asked, then closes the database. */
function stop(): void {
  server.close(() => void client.close());
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
