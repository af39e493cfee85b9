import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { FileEdit } from '../folder/edits.js';

/** What became of the snapshots: converted, or left as they are, and why. */
export type Conversion =
  | { readonly edits: readonly FileEdit[] }
  | { readonly edits: readonly FileEdit[]; readonly kept: 'no-kit' }
  | { readonly edits: readonly FileEdit[]; readonly kept: 'refused'; readonly said: string };

/**
 * Lets the project's own drizzle-kit 1.0 convert the snapshots among the edits, in a temporary copy: their format is its
 * business. `root` is where drizzle-kit is looked for.
 */
export async function convertSnapshots(
  edits: readonly FileEdit[],
  root: string,
  signal: AbortSignal | undefined,
): Promise<Conversion> {
  const written = edits.filter(({ text }) => text !== null);
  if (!written.some(({ path }) => path.endsWith('/snapshot.json'))) return { edits };
  const kit = findKit(root);
  if (!kit) return { edits, kept: 'no-kit' };
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'migrator-upgrade-')));
  try {
    for (const { path, text } of written) {
      mkdirSync(dirname(join(place, 'out', path)), { recursive: true });
      writeFileSync(join(place, 'out', path), text ?? '');
    }
    const { exitCode, output } = await runKit(kit, ['up', '--dialect', 'postgresql', '--out', 'out'], place, signal);
    if (exitCode !== 0 || /^\s*Error\b/m.test(output)) return { edits, kept: 'refused', said: output };
    return {
      edits: edits.map((edit) =>
        edit.text !== null && edit.path.endsWith('/snapshot.json')
          ? { ...edit, text: readFileSync(join(place, 'out', edit.path), 'utf8') }
          : edit,
      ),
    };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Path of the program of a drizzle-kit of 1.0 or later. */
function findKit(root: string): string | undefined {
  try {
    for (let at = dirname(createRequire(join(root, 'package.json')).resolve('drizzle-kit')); ; at = dirname(at)) {
      const manifest = join(at, 'package.json');
      if (existsSync(manifest)) {
        const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
        if (name === 'drizzle-kit') return Number.parseInt(version ?? '0', 10) >= 1 ? join(at, 'bin.cjs') : undefined;
      }
      if (at === dirname(at)) return undefined;
    }
  } catch {
    return undefined;
  }
}

function runKit(
  program: string,
  argv: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...argv], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        output += data.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) =>
      resolve({ exitCode, output: stripVTControlCharacters(output).replaceAll(cwd, '').trim() }),
    );
  });
}
