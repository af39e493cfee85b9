import { type Colors, colorsFor } from '../report/terminal.js';

/** What a command may touch of the process: handed in, so that tests can play commands without one. */
export interface Io {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard output is a terminal: live progress. */
  readonly isTty: boolean;
  /** Standard input is a terminal too: questions may be asked. */
  readonly canAsk: boolean;
  readonly columns: number;
  readonly color: Colors;
  /** Aborted by SIGINT or SIGTERM, with the error to end with. */
  readonly signal: AbortSignal;
}

export function processIo(signal: AbortSignal): Io {
  const { stdout, stderr, env } = process;
  const isTty = stdout.isTTY === true;
  // A reader that has gone (`| head`), or a full disk, must not end a run half way: from then on it is silent.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  return {
    cwd: process.cwd(),
    env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isTty,
    canAsk: isTty && process.stdin.isTTY === true && !env.CI,
    columns: stdout.columns || 80,
    color: colorsFor(!env.NO_COLOR && (isTty || Boolean(env.FORCE_COLOR))),
    signal,
  };
}

/** For commands that serve until they are stopped. */
export function untilStopped({ signal }: Io): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
