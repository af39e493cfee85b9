import { IncompatibleDatabaseError } from '@melodia/db/compatibility';
import { reasonOf } from './health.js';
import { runServer } from './server.js';
import { readSettings } from './settings.js';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());

try {
  const log = (message: string) => console.log(`web: ${message}`);
  await runServer(readSettings(), { dev: process.env.NODE_ENV === 'development', log, signal: stop.signal });
  process.exit(0);
} catch (error) {
  console.error(`web: ${error instanceof IncompatibleDatabaseError ? error.message : reasonOf(error)}`);
  process.exit(1);
}
