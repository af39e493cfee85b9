import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { VERSION } from '../version.js';
import type { RunIdentity } from './tracking.js';

/** Who runs this, for the log: account, host, tool, and the commit of the checkout if it can be known. */
export function runIdentity(folder: string): RunIdentity {
  return {
    runId: randomUUID(),
    osUser: quietly(() => userInfo().username),
    host: quietly(hostname),
    tool: `migrator ${VERSION}`,
    project: projectOf(folder),
    gitCommit: process.env.GITHUB_SHA ?? process.env.CI_COMMIT_SHA ?? quietly(() => checkedOutCommit(folder)),
  };
}

/**
 * Whose migrations a folder holds: the name of its package, and its place there. The same in every checkout and image; null where no
 * package.json with a name stands above it, or the path is none.
 */
export function projectOf(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const manifest = quietly(() => JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as { name?: unknown });
    if (manifest) {
      const place = relative(at, resolve(folder)).split(sep).join('/');
      return typeof manifest.name === 'string' && manifest.name !== '' ? `${manifest.name}:${place}` : null;
    }
    if (dirname(at) === at) return null;
  }
}

/** Read from git's files: starting git would cost more than all the rest of a no-op. */
function checkedOutCommit(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const head = quietly(() => readFileSync(join(at, '.git', 'HEAD'), 'utf8').trim());
    if (head !== null) {
      const ref = /^ref: (.+)$/.exec(head)?.[1];
      return ref === undefined ? head : readRef(join(at, '.git'), ref);
    }
    if (dirname(at) === at) return null;
  }
}

function readRef(gitDirectory: string, ref: string): string | null {
  const loose = quietly(() => readFileSync(join(gitDirectory, ref), 'utf8').trim());
  if (loose) return loose;
  const packed = quietly(() => readFileSync(join(gitDirectory, 'packed-refs'), 'utf8')) ?? '';
  return (
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0] ?? null
  );
}

function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
