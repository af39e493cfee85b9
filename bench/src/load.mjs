import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const PER_SECOND = 100;
const POOL = 10;
const DRAIN_MS = 60_000;

/**
 * The application: `PER_SECOND` queries a second, whether the ones before have been answered or not (an open loop), over a
 * pool. Latency counts from when a query was due, so waiting for a free connection counts. One query in five writes.
 * Columns are named, and nothing is pipelined: postgres.js 3.4.9 may hang on `select *` while a table gains a column.
 */
export function startLoad(url, rows) {
  const sql = postgres(url, { max: POOL, max_pipeline: 1, onnotice: () => {} });
  const started = performance.now();
  const samples = [];
  const open = new Set();
  let stopped = false;

  const issue = async (number, due) => {
    const id = 1 + ((number * 7919) % rows);
    try {
      if (number % 5 === 0) await sql`update songs set plays = plays + 1 where id = ${id}`;
      else await sql`select id, title, artist_id, plays from songs where id = ${id}`;
      samples.push({ due, latency: performance.now() - due });
    } catch (error) {
      samples.push({ due, latency: performance.now() - due, error });
    }
  };
  const loop = async () => {
    for (let number = 0; !stopped; number += 1) {
      const due = started + (number * 1000) / PER_SECOND;
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      const query = issue(number, due).finally(() => open.delete(query));
      open.add(query);
    }
  };
  const running = loop();

  return {
    /** Ends it, once what is under way has been answered, and tells the latencies of what was due in between. */
    stop: async (from, to) => {
      stopped = true;
      await running;
      await Promise.race([Promise.all(open), sleep(DRAIN_MS, undefined, { ref: false })]);
      const unanswered = open.size;
      await sql.end({ timeout: 1 });
      return { ...summarise(samples.filter(({ due }) => due >= from && due <= to)), unanswered };
    },
  };
}

function summarise(samples) {
  const sorted = samples.map(({ latency }) => latency).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return {
    queries: sorted.length,
    p50: at(0.5),
    p99: at(0.99),
    max: sorted.at(-1),
    slow: sorted.filter((latency) => latency > 1000).length,
    errors: samples.filter(({ error }) => error).length,
  };
}
