import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'dotenv';

/**
 * Sets what `.env.local` and `.env` say and the environment does not: first those beside the config, then `.env.local` in
 * the folders above, up to the root of the workspace. drizzle-kit reads `.env` by itself, so a project that relies on it
 * must not suddenly get another database here. An empty variable counts as unset.
 */
export function loadEnvFiles(configFolder: string, env: NodeJS.ProcessEnv = process.env): string[] {
  const loaded: string[] = [];
  for (const path of [...envLocalFiles(configFolder), join(configFolder, '.env')]) {
    let values: Record<string, string>;
    try {
      values = parse(readFileSync(path, 'utf8'));
    } catch {
      continue;
    }
    loaded.push(path);
    for (const [name, value] of Object.entries(values)) if (!env[name]) env[name] = value;
  }
  return loaded;
}

function envLocalFiles(configFolder: string): string[] {
  const files: string[] = [];
  for (let folder = configFolder; ; folder = dirname(folder)) {
    files.push(join(folder, '.env.local'));
    if (isRoot(folder)) return files;
    // Outside of any workspace, the folders above belong to somebody else.
    if (dirname(folder) === folder) return files.slice(0, 1);
  }
}

function isRoot(folder: string): boolean {
  return ['.git', 'pnpm-workspace.yaml'].some((name) => existsSync(join(folder, name)));
}
