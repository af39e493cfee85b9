import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { throwIfAborted } from '../database/abort.js';
import type { Session } from '../database/session.js';
import { encodeAnswer, encodeError } from './protocol.js';

/** The pg_dump that comes with us, and the newest server that it knows. */
export const WASM_VERSION = { full: '18.3', major: 18 } as const;

/** What the server refused, in pg_dump's words and with the server's. */
export class PgDumpError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/**
 * pg_dump compiled to WebAssembly, which calls its socket as a function and waits for the answer: so it runs in a thread of
 * its own that sleeps meanwhile, and its queries run here. It neither logs in nor sees a password. It works in the transaction
 * that the session is in, which must be one with `repeatable read`, and leaves its prepared statements there.
 */
export async function runWasmPgDump(
  session: Session,
  args: readonly string[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  throwIfAborted(options.signal);
  const parameters = await readParameters(session);
  const wake = new SharedArrayBuffer(4);
  const { port1: port, port2: answers } = new MessageChannel();
  const worker = new Worker(WORKER, {
    eval: true,
    workerData: { module: modulePath(), args, parameters, wake, answers },
    transferList: [answers],
    // Of no use to it, and the environment holds the password.
    env: {},
    stdout: true,
    stderr: true,
  });
  const flag = new Int32Array(wake);
  let refused: unknown;
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('pg_dump ended without a word.')));
      worker.on('message', (message: Message) => {
        if (message.type === 'done') resolve(message.sql);
        else if (message.type === 'failed') reject(new PgDumpError(message.message, refused));
        else {
          answerQuery(session, message.sql).then(({ bytes, error }) => {
            refused ??= error;
            port.postMessage(bytes);
            Atomics.store(flag, 0, 1);
            Atomics.notify(flag, 0);
          }, reject);
        }
      });
    });
  } finally {
    worker.removeAllListeners();
    await worker.terminate();
    port.close();
  }
}

type Message =
  | { readonly type: 'query'; readonly sql: string }
  | { readonly type: 'done'; readonly sql: string }
  | { readonly type: 'failed'; readonly message: string };

/** Its own transaction: it is in ours already. */
const TRANSACTION = /^\s*(?:(BEGIN|COMMIT|ROLLBACK)\b|(SET) TRANSACTION (?:ISOLATION|SNAPSHOT)\b)/i;

/** What the server says no to, pg_dump shall hear; that the server is gone ends it. */
async function answerQuery(session: Session, sql: string): Promise<{ bytes: Uint8Array; error?: unknown }> {
  const own = TRANSACTION.exec(sql);
  if (own) return { bytes: encodeAnswer([{ columns: [], rows: [], command: own[1] ?? own[2] ?? '', count: null }]) };
  try {
    return { bytes: encodeAnswer(await session.runRaw(sql)) };
  } catch (error) {
    if (session.isClosed || !(error instanceof Error) || !('severity' in error)) throw error;
    return { bytes: encodeError(error), error };
  }
}

async function readParameters(session: Session): Promise<Readonly<Record<string, string>>> {
  const [row] = await session.rows<Record<string, string>>(
    `select current_setting('server_version') as server_version, current_setting('server_encoding') as server_encoding,
       current_setting('is_superuser') as is_superuser, session_user::text as session_authorization`,
  );
  return { ...row, client_encoding: 'UTF8', standard_conforming_strings: 'on', integer_datetimes: 'on' };
}

/** The build puts it beside us; in this repository it comes from its package. */
function modulePath(): string {
  const built = fileURLToPath(new URL('../vendor/pg_dump.cjs', import.meta.url));
  return existsSync(built) ? built : createRequire(import.meta.url).resolve('@electric-sql/pglite-tools/pg_dump');
}

/**
 * CommonJS, as text, so that it needs no file of its own in the bundle. Speaks the server's side of the protocol: greets,
 * passes each query (`Q`) on, and hands the answer back.
 */
const WORKER = `
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const { pgDump } = require(workerData.module);
const flag = new Int32Array(workerData.wake);
let pending = Buffer.alloc(0);
let greeted = false;

function message(type, body) {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function greeting() {
  const parameters = Object.entries(workerData.parameters).map(([name, value]) => message('S', Buffer.from(name + '\\0' + value + '\\0')));
  return Buffer.concat([message('R', Buffer.alloc(4)), ...parameters, message('K', Buffer.alloc(8)), message('Z', Buffer.from('I'))]);
}

function ask(sql) {
  Atomics.store(flag, 0, 0);
  parentPort.postMessage({ type: 'query', sql });
  // The call that wakes it after an answer may come as late as the next question.
  while (Atomics.load(flag, 0) === 0) Atomics.wait(flag, 0, 0);
  return receiveMessageOnPort(workerData.answers).message;
}

function receive(bytes, answer) {
  pending = Buffer.concat([pending, bytes]);
  for (;;) {
    const offset = greeted ? 1 : 0;
    if (pending.length < offset + 4) return;
    const size = pending.readInt32BE(offset) + offset;
    if (pending.length < size) return;
    const frame = pending.subarray(0, size);
    pending = pending.subarray(size);
    if (!greeted) {
      if (frame.readInt32BE(4) === 196608 || frame.readInt32BE(4) === 196610) {
        greeted = true;
        answer(greeting());
      } else answer(Buffer.from('N'));
    } else if (frame[0] === 0x51) answer(ask(frame.toString('utf8', 5, size - 1)));
    else if (frame[0] !== 0x58) throw new Error('pg_dump sent a message of type ' + frame[0]);
  }
}

const pg = {
  query: async () => ({ rows: [{ search_path: '' }] }),
  exec: async () => {},
  execProtocolRawStream: (bytes, { onRawData }) => receive(Buffer.from(bytes), onRawData),
};
pgDump({ pg, args: workerData.args })
  .then((file) => file.text())
  .then((sql) => parentPort.postMessage({ type: 'done', sql }), (error) => parentPort.postMessage({ type: 'failed', message: String(error && error.message || error) }));
`;
