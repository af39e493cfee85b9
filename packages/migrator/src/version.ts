import { readFileSync } from 'node:fs';

/** The package's version; the bundled command line has it written in by the build. */
export const VERSION: string = typeof MIGRATOR_VERSION === 'string' ? MIGRATOR_VERSION : readVersion();

declare const MIGRATOR_VERSION: string | undefined;

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
