import type { Writable } from 'node:stream';
import { asOurselves, spawnDetached } from './run-as.js';

/**
 * `read` returns when the pipe closes, which the kernel does when its owner ends, however it ends. Then the server is
 * ended and the folder removed; more than once, for an initdb that is still writing there. It runs as ourselves, since a
 * half-copied cluster is not the server's yet; so the pid, which the server's user could forge, must work in the folder.
 */
const script = `
read -r line
tries=0
while [ -d "$1" ] && [ $tries -lt 20 ]; do
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
  if [ -n "$pid" ] && { [ ! -e /proc/self/cwd ] || [ "/proc/$pid/cwd" -ef "$1/data" ]; }; then
    kill -QUIT "$pid" 2>/dev/null
  fi
  rm -rf "$1" 2>/dev/null
  tries=$((tries + 1))
  [ -d "$1" ] && sleep 0.3
done
`;

export interface Watchdog {
  /** Lets it look at once. */
  release(): void;
}

/** A small process that outlives this one just long enough to remove a temporary server. */
export function watchOver(folder: string): Watchdog {
  const child = spawnDetached(asOurselves, '/bin/sh', ['-c', script, 'melodia-watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const pipe: (Writable & { unref?: () => void }) | null = child.stdin;
  pipe?.unref?.();
  pipe?.on('error', () => {});
  child.on('error', () => {});
  child.unref();
  return { release: () => void pipe?.end() };
}
