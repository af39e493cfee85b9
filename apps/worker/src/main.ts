import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from './db.js';
import { startWorker } from './worker.js';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());

const client = connect();
const worker = startWorker({
  db: client.db,
  intervalMs: Number(process.env.COUNT_INTERVAL_MS ?? 60_000),
  log: (message) => console.log(`worker: ${message}`),
  signal: stop.signal,
});

const health = createServer((request, response) => {
  const known = request.url === '/healthz';
  response.statusCode = known ? (worker.isHealthy() ? 200 : 503) : 404;
  response.end(response.statusCode === 200 ? 'ok' : 'not ok');
});
health.listen(Number(process.env.HEALTH_PORT ?? 3001));
await once(health, 'listening');
const address = health.address();
if (typeof address === 'object') console.log(`worker: health on http://localhost:${address?.port}/healthz`);

await worker.finished;
health.close();
await client.close();
