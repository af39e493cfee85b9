import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { BIN } from './cli.js';

export interface Serving {
  /** What it has printed as `--json`. */
  readonly shown: { readonly url: string; readonly port: number };
  /** Ctrl-C, and what became of it. */
  interrupt(): Promise<{ readonly exitCode: number | null; readonly err: string }>;
  /** Ends it as nothing can that it could answer. */
  kill(): Promise<void>;
}

/** Starts a command that serves until it is stopped, with `--json`, and waits until it does. */
export async function serve(cwd: string, ...argv: string[]): Promise<Serving> {
  const child = spawn(process.execPath, [BIN, ...argv, '--json'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  let [out, err] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const shown = await new Promise<Serving['shown']>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.endsWith('}\n')) resolve(JSON.parse(out));
    });
    void exit.then(() => reject(new Error(`It ended: ${out}${err}`)));
  });
  return {
    shown,
    interrupt: async () => {
      child.kill('SIGINT');
      const [exitCode] = await exit;
      return { exitCode, err };
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
