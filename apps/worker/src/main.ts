import { IncompatibleDatabaseError } from '@melodia/db/compatibility';
import { reasonOf } from './queue.js';
import { readSettings } from './settings.js';
import { runWorker } from './worker.js';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());

try {
  await runWorker(readSettings(), { log: (message) => console.log(`worker: ${message}`), signal: stop.signal });
  // A query that waits for a lock keeps its socket, and the socket the process.
  process.exit(0);
} catch (error) {
  console.error(`worker: ${error instanceof IncompatibleDatabaseError ? error.message : reasonOf(error)}`);
  process.exit(1);
}
