import { type ChildProcess, type SpawnOptions, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { MigratorError } from '../errors/migrator-error.js';

/**
 * Who the server runs as. Postgres refuses root, and `initdb` refuses a uid without a passwd entry.
 * `prefix` is a command put before the program, for those two cases where a change of uid is not possible.
 */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
  readonly prefix: readonly string[];
}

export const asOurselves: RunAs = { prefix: [] };

/** Inside its own user namespace a process is whoever it likes; its files stay ours outside. */
const asNobodyInNamespace: RunAs = {
  prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'],
};

/** Data that exists keeps its owner, also when a better candidate has been installed since. */
export function chooseRunAs(existingDataDirectory?: string): RunAs {
  const uid = process.getuid?.();
  if (uid === undefined) return asOurselves;
  if (uid !== 0) return hasPasswdEntry() ? asOurselves : namespaceOr(unknownUid(uid));
  const owner = existingDataDirectory === undefined ? undefined : ownerOf(existingDataDirectory);
  const account = owner ?? passwdAccount('postgres') ?? passwdAccount('nobody');
  const changed = account && { ...account, prefix: [] };
  return changed !== undefined && canRun(changed) ? changed : namespaceOr(noAccount());
}

/** Runs a program to its end with the server's identity and environment. */
export function runAs(who: RunAs, program: string, args: readonly string[], input?: string): SpawnSyncReturns<string> {
  const [command, ...rest] = [...who.prefix, program, ...args];
  return spawnSync(command ?? program, rest, {
    ...identityOptions(who),
    encoding: 'utf8',
    input: input ?? '',
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** As `runAs`, for what takes long: timers, and so a progress line, go on meanwhile. */
export async function runAsWithoutBlocking(
  who: RunAs,
  program: string,
  args: readonly string[],
): Promise<{ status: number | null; output: string }> {
  const [command, ...rest] = [...who.prefix, program, ...args];
  const child = spawn(command ?? program, rest, { ...identityOptions(who), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve({ status: null, output: error.message }));
    child.once('close', (status) => resolve({ status, output }));
  });
}

/** Starts a program in a session of its own, so that neither Ctrl-C nor the end of this command reaches it. */
export function spawnDetached(
  who: RunAs,
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'stdio' | 'env'>,
): ChildProcess {
  const [command, ...rest] = [...who.prefix, program, ...args];
  const identity = identityOptions(who);
  const env = { ...identity.env, ...options.env };
  return spawn(command ?? program, rest, { ...identity, ...options, env, detached: true });
}

/**
 * A folder every user may enter as working folder, and an environment without PG*, LANG and LC_*: an absent locale
 * stops initdb, and PGOPTIONS or PGDATA would change what is started.
 */
function identityOptions(who: RunAs): SpawnOptions & { env: NodeJS.ProcessEnv } {
  return {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(who.uid === undefined ? {} : { uid: who.uid }),
    ...(who.gid === undefined ? {} : { gid: who.gid }),
  };
}

function canRun(who: RunAs): boolean {
  return runAs(who, '/bin/sh', ['-c', ':']).status === 0;
}

function namespaceOr(error: MigratorError): RunAs {
  if (canRun(asNobodyInNamespace)) return asNobodyInNamespace;
  throw error;
}

function hasPasswdEntry(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

function passwdAccount(name: string): { uid: number; gid: number } | undefined {
  const line = readPasswd().find((fields) => fields[0] === name);
  const [uid, gid] = [Number(line?.[2] ?? Number.NaN), Number(line?.[3] ?? Number.NaN)];
  return uid > 0 && Number.isInteger(gid) ? { uid, gid } : undefined;
}

function readPasswd(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

function ownerOf(directory: string): { uid: number; gid: number } | undefined {
  const stat = statSync(directory, { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0 ? undefined : { uid: stat.uid, gid: stat.gid };
}

const setDatabaseUrl = 'Set DATABASE_URL to a Postgres server of your own; then nothing embedded is used.';

function unknownUid(uid: number): MigratorError {
  return new MigratorError('embedded-unsupported', {
    message: `The embedded Postgres cannot run as uid ${uid}, which has no entry in /etc/passwd.`,
    state: 'Nothing was started.',
    fix: `Run as a user that has one (in a container: add the uid to /etc/passwd). ${setDatabaseUrl}`,
  });
}

function noAccount(): MigratorError {
  return new MigratorError('embedded-unsupported', {
    message: 'Postgres refuses to run as root, and root could not switch to the user `postgres` or `nobody` here.',
    state: 'Nothing was started.',
    fix: `Run as a normal user. ${setDatabaseUrl}`,
  });
}
