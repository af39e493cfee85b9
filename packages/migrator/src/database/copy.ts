import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';

/** The parts of a query of postgres.js that its types leave out: what the connection calls with each answer. */
interface StreamQuery {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  simple(): unknown;
  execute(): unknown;
}

/** A COPY under way: the stream, and the number of rows that the server says it copied. */
interface Copy<S> {
  readonly stream: S;
  readonly rows: Promise<number>;
}

/**
 * Begins a COPY to or from the client. postgres.js gives the stream and forgets the rest: an error that the server sends
 * once all data is there would never arrive, and neither does the count. Both go to `rows`.
 */
function beginCopy<S extends Readable | Writable>(client: postgres.Sql, text: string): Promise<Copy<S>> {
  const query = client.unsafe(text) as unknown as StreamQuery;
  return new Promise((resolve, reject) => {
    let stream: S | undefined;
    let settleRows: { readonly resolve: (rows: number) => void; readonly reject: (error: Error) => void } | undefined;
    query.resolve = (answer) => {
      if (stream) settleRows?.resolve(Number((answer as { readonly count?: number | null }).count ?? 0));
      else if (isStream<S>(answer)) {
        stream = answer;
        const rows = new Promise<number>((done, failed) => {
          settleRows = { resolve: done, reject: failed };
        });
        rows.catch(() => {});
        resolve({ stream, rows });
      } else reject(new Error(`Not a COPY to or from the client: ${text}`));
    };
    query.reject = (error) => {
      if (!stream) reject(error);
      else {
        settleRows?.reject(error);
        stream.destroy(error);
      }
    };
    query.simple();
    query.execute();
  });
}

function isStream<S>(answer: unknown): answer is S {
  return typeof (answer as { readonly destroy?: unknown }).destroy === 'function';
}

/** `COPY … TO STDOUT`, through `stages`; the last one takes the data. Resolves with the rows that the server counted. */
export async function copyOut(
  client: postgres.Sql,
  text: string,
  stages: readonly NodeJS.ReadWriteStream[],
  sink: NodeJS.WritableStream,
): Promise<number> {
  const { stream, rows } = await beginCopy<Readable>(client, text);
  stream.once('close', () => resume(stream));
  // Where our side fails, the server sends on: its end is not waited for long.
  return ended(pipeline([stream, ...stages, sink]), rows, 1000);
}

/** `COPY … FROM STDIN`. Resolves with the rows that the server counted. */
export async function copyIn(
  client: postgres.Sql,
  text: string,
  source: AsyncIterable<string | Uint8Array>,
  stages: readonly NodeJS.ReadWriteStream[],
): Promise<number> {
  const { stream, rows } = await beginCopy<Writable>(client, text);
  // Where our side fails, the stream tells the server, whose answer must have come before the next statement.
  // The types of a list of streams have no place for an iterable, which may come first.
  return ended(pipeline([source as NodeJS.ReadableStream, ...stages, stream]), rows);
}

/** postgres.js pauses its socket when the stream is full, and wakes it when that is read: at the end of the stream, never. */
function resume(stream: Readable): void {
  try {
    stream._read(0);
  } catch {
    // The socket is gone.
  }
}

/** The first failure counts: what ours makes the server say, and that a stream was closed early, only follow. */
async function ended(flow: Promise<void>, rows: Promise<number>, limitMs?: number): Promise<number> {
  try {
    await flow;
  } catch (error) {
    const word = rows.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const said = await (limitMs === undefined ? word : Promise.race([word, sleep(limitMs, undefined, { ref: false })]));
    const isEcho = (error as { readonly code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE';
    throw isEcho && said !== undefined ? said : error;
  }
  return rows;
}
