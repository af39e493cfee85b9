import { randomBytes } from 'node:crypto';
import { chownSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import { initFailed } from './failures.js';
import { makePrivateFolder } from './place.js';
import { type RunAs, runAsWithoutBlocking } from './run-as.js';

export interface NewCluster {
  readonly dataDirectory: string;
  readonly user: string;
  readonly password: string;
  /** False for throw-away data: do not wait for the disk. */
  readonly durable: boolean;
}

const draftPrefix = 'new-data-';

/** Makes a cluster that is complete or absent: under another name first, renamed when done. */
export async function initialiseCluster(binaries: Binaries, who: RunAs, cluster: NewCluster): Promise<void> {
  const place = dirname(cluster.dataDirectory);
  removeDrafts(place);
  const draft = join(place, `${draftPrefix}${randomBytes(6).toString('hex')}`);
  const passwordFile = `${draft}.password`;
  try {
    makePrivateFolder(draft, who);
    writeFileSync(passwordFile, `${cluster.password}\n`, { mode: 0o600, flag: 'wx' });
    if (who.uid !== undefined && who.gid !== undefined) chownSync(passwordFile, who.uid, who.gid);
    const args = initArguments(draft, passwordFile, cluster, binaries.version);
    const { status, output } = await runAsWithoutBlocking(who, binaries.initdb, args);
    if (status !== 0) throw initFailed(place, output);
    renameSync(draft, cluster.dataDirectory);
  } finally {
    removeDrafts(place);
  }
}

/** The built-in C.UTF-8 locale needs nothing of the system, sorts alike everywhere and knows upper('é'). */
function initArguments(draft: string, passwordFile: string, cluster: NewCluster, version: string): string[] {
  // Postgres has it since 17.
  const locale =
    Number.parseInt(version, 10) >= 17
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale=C'];
  return [
    ...['-D', draft, '-U', cluster.user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['-E', 'UTF8', ...locale, '--no-instructions'],
    ...(cluster.durable ? [] : ['--no-sync']),
  ];
}

/**
 * What is not complete goes, with the password file, which is a secret. The initdb of a killed command may still be
 * writing there; it ends when it misses its files, and the next call sweeps the rest.
 */
function removeDrafts(place: string): void {
  for (const name of readdirSync(place).filter((entry) => entry.startsWith(draftPrefix))) {
    try {
      rmSync(join(place, name), { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
    } catch {}
  }
}
