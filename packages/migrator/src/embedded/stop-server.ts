import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPostmaster } from './postmaster.js';
import { identityOf, isSameProcessAlive, type ProcessIdentity } from './process-identity.js';

const patience = { SIGINT: 15_000, SIGQUIT: 6_000, SIGKILL: 5_000 } as const;

/** Ends the server on this data directory: politely, then at once, then by force. False if none ran. */
export async function stopServer(
  dataDirectory: string,
  signals: readonly (keyof typeof patience)[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'],
): Promise<boolean> {
  const postmaster = readPostmaster(dataDirectory);
  if (postmaster === undefined) return false;
  const server = identityOf(postmaster.pid);
  for (const signal of signals) {
    if (!signalProcess(server, signal) || (await isGoneWithin([server], patience[signal]))) break;
  }
  return true;
}

/**
 * Ends what is left of a killed server. Its children notice its death by themselves at once, except one that is in the
 * middle of a long query; they are found by their working folder, the data directory.
 */
export async function endLeftovers(dataDirectory: string): Promise<void> {
  const leftovers = findServerProcesses(dataDirectory).map(identityOf);
  if (await isGoneWithin(leftovers, 500)) return;
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const leftover of leftovers) signalProcess(leftover, signal);
    if (await isGoneWithin(leftovers, 1_000)) return;
  }
}

function findServerProcesses(dataDirectory: string): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names.map(Number).filter((pid) => pid > 0 && worksIn(pid, dataDirectory));
}

function worksIn(pid: number, dataDirectory: string): boolean {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
    return folder === dataDirectory && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres');
  } catch {
    return false;
  }
}

function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isSameProcessAlive(target)) return false;
  try {
    process.kill(target.pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function isGoneWithin(targets: readonly ProcessIdentity[], patienceMs: number): Promise<boolean> {
  for (const deadline = Date.now() + patienceMs; targets.some(isSameProcessAlive); await sleep(10)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}
