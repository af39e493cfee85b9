import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of a package as a project would load it, or undefined. Reads `package.json`s only: nothing is loaded. */
export function installedVersion(name: string, root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const version = versionIn(join(folder, 'node_modules', name, 'package.json'));
    if (version !== undefined || dirname(folder) === folder) return version;
  }
}

function versionIn(path: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
