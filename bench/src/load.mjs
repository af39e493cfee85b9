import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const PER_SECOND = 100;
const POOL = 10;
const DRAIN_MS = 60_000;

/** One query in five writes. */
const askSongs = (sql, number, id) =>
  number % 5 === 0
    ? sql`update songs set plays = plays + 1 where id = ${id}`
    : sql`select id, title, artist_id, plays from songs where id = ${id}`;

/**
 * The application: `perSecond` queries a second, whether the ones before have been answered or not (an open loop), over a
 * pool. Latency counts from when a query was due, so waiting for a free connection counts. `ask(sql, number, id)` sends one.
 * Columns are named, and nothing is pipelined: postgres.js 3.4.9 may hang on `select *` while a table gains a column.
 */
export function startLoad(url, rows, { ask = askSongs, perSecond = PER_SECOND, options } = {}) {
  const sql = postgres(url, { max: POOL, max_pipeline: 1, onnotice: () => {}, ...options });
  const started = performance.now();
  const samples = [];
  const open = new Set();
  let stopped = false;

  const issue = async (number, due) => {
    const id = 1 + ((number * 7919) % rows);
    try {
      await ask(sql, number, id);
      samples.push({ due, latency: performance.now() - due });
    } catch (error) {
      samples.push({ due, latency: performance.now() - due, error });
    }
  };
  const loop = async () => {
    for (let number = 0; !stopped; number += 1) {
      const due = started + (number * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      const query = issue(number, due).finally(() => open.delete(query));
      open.add(query);
    }
  };
  const running = loop();

  return {
    /** Ends it, once what is under way has been answered, and tells the latencies of what was due in between. */
    stop: async (from = started, to = Number.POSITIVE_INFINITY) => {
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
  const failed = samples.filter(({ error }) => error);
  return {
    queries: sorted.length,
    p50: at(0.5),
    p99: at(0.99),
    max: sorted.at(-1),
    slow: sorted.filter((latency) => latency > 1000).length,
    errors: failed.length,
    messages: [...new Set(failed.map(({ error }) => error.message))],
  };
}
