import { readFileSync } from 'node:fs';

/**
 * A pid alone names whoever has it now; with the start time it names one process for ever.
 * Where /proc is missing the mark is empty and a pid has to do.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly mark: string;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, mark: startMark(pid) };
}

/** False too for a zombie, which still answers kill(0), and for a later process with the same pid. */
export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  return isAlive(identity.pid) && startMark(identity.pid) === identity.mark;
}

/** Whether a process with this pid runs, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return processStat(pid)?.state !== 'Z';
}

function startMark(pid: number): string {
  const stat = processStat(pid);
  return stat === undefined ? '' : `${bootId()}:${stat.startTicks}`;
}

/** Fields are counted after the last parenthesis: the command name before it may hold anything. */
function processStat(pid: number): { state: string; startTicks: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? '';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
