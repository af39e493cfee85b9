import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { BIN } from './cli.js';

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

export interface TerminalRun {
  /** All that was on the screen, without control sequences. */
  readonly shown: string;
  readonly exitCode: number | null;
}

/** Plays a command in a pseudo-terminal; each key is sent once its text is on the screen. */
export function inTerminal(
  cwd: string,
  command: string,
  keys: readonly (readonly [wait: string, key: string])[],
): Promise<TerminalRun> {
  const cli = process.env.MIGRATOR_CLI ?? BIN;
  const { CI: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(
      'script',
      ['-qec', `stty cols 120 rows 40; '${process.execPath}' '${cli}' ${command}`, '/dev/null'],
      {
        cwd,
        env: { ...env, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    let shown = '';
    const left = [...keys];
    child.stdout.on('data', (data: Buffer) => {
      shown += data.toString();
      const [next] = left;
      if (next && stripVTControlCharacters(shown).includes(next[0])) {
        left.shift();
        setTimeout(() => child.stdin.write(next[1]), 100);
      }
    });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ shown: stripVTControlCharacters(shown), exitCode }));
  });
}
