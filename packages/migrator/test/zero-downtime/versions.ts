import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

/** The named parts of a file of this folder: what is between `-- ## name` and the next one. */
export function readParts(file: string): Readonly<Record<string, string>> {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const parts = text.split(/^-- ## (.+)\n/m).slice(1);
  return Object.fromEntries(
    parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] as string]] : [])),
  );
}

export interface RunningVersion {
  /** Resolves once each of its queries has been asked for again, `times` times at least. */
  rounds(times: number): Promise<void>;
  /** Ends it, once what is under way has been answered. */
  stop(): Promise<{ readonly queries: number; readonly failures: readonly string[]; readonly counted: number }>;
}

/**
 * A version of an application: asks its queries again and again over a pool of 3, under its own application_name. The first
 * of them adds one to what is counted. A query that fails is noted, and the next one is asked.
 */
export function startVersion(url: string, applicationName: string, text: string, rows: number): RunningVersion {
  const sql = postgres(url, {
    max: 3,
    prepare: false,
    connection: { application_name: applicationName },
    onnotice() {},
  });
  const queries = text.split(';').filter((query) => query.trim());
  const failures: string[] = [];
  let stopped = false;
  let asked = 0;
  let counted = 0;
  const work = async () => {
    while (!stopped) {
      const number = asked++;
      const id = 1 + ((number * 7919) % rows);
      const query = queries[number % queries.length] as string;
      try {
        await sql.unsafe(query.replaceAll('$id', String(id)).replaceAll('$new', String(number)));
        if (number % queries.length === 0) counted += 1;
      } catch (error) {
        failures.push((error as Error).message);
      }
      await sleep(1);
    }
  };
  const running = Promise.all([work(), work(), work()]);
  return {
    rounds: async (times) => {
      const until = asked + (times + 1) * queries.length;
      while (asked < until) await sleep(5);
    },
    stop: async () => {
      stopped = true;
      await running;
      await sql.end({ timeout: 5 });
      return { queries: asked, failures, counted };
    },
  };
}
