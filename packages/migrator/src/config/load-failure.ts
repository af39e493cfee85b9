import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigratorError } from '../errors/migrator-error.js';

/** Why a config could not be loaded, and where: in the file itself or in one of the `sources` that it imports. */
export function loadFailure(cause: unknown, configFile: string, sources: readonly string[] = []): MigratorError {
  const [buildError] = buildErrors(cause);
  const message = buildError?.text ?? (cause instanceof Error ? cause.message : String(cause));
  return new MigratorError('config-failed', {
    message: `The config cannot be loaded: ${message}`,
    where: placeOfBuildError(buildError, configFile) ?? placeInStack(cause, sources) ?? configFile,
    fix: 'Correct the file; `npx tsx` on it shows the same error with its full trace.',
    cause,
  });
}

interface BuildError {
  readonly text: string;
  /** `file` is relative to the folder of the config. */
  readonly location?: { readonly file?: string; readonly line?: number } | null;
}

/** What esbuild throws holds a list of them. */
function buildErrors(cause: unknown): readonly BuildError[] {
  return cause instanceof Error && 'errors' in cause && Array.isArray(cause.errors) ? cause.errors : [];
}

function placeOfBuildError(error: BuildError | undefined, configFile: string): string | undefined {
  const { file, line } = error?.location ?? {};
  return file === undefined ? undefined : `${resolve(configFile, '..', file)}:${line}`;
}

/** The innermost line of the stack that lies in one of the sources. */
function placeInStack(cause: unknown, sources: readonly string[]): string | undefined {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  for (const [, file = '', line] of stack.matchAll(/((?:file:\/\/)?\/[^\n()]+?):(\d+):\d+\)?$/gm)) {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    if (sources.includes(path)) return `${path}:${line}`;
  }
  return undefined;
}
