import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigratorError } from '../errors/migrator-error.js';

/** A module that was bundled from `sources`, with its source map in it. */
export interface Bundle {
  readonly module: string;
  readonly sources: readonly string[];
}

/** Why a config could not be loaded, and where: in the file itself or in one that it imports. */
export function loadFailure(cause: unknown, configFile: string, bundle?: Bundle): MigratorError {
  const [buildError] = buildErrors(cause);
  const message = buildError?.text ?? (cause instanceof Error ? cause.message : String(cause));
  return new MigratorError('config-failed', {
    message: `The config cannot be loaded: ${message}`,
    where: placeOfBuildError(buildError, configFile) ?? placeInStack(cause, configFile, bundle) ?? configFile,
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

/** The innermost line of the stack that lies in one of the sources. Node maps no stack below node_modules, so we do. */
function placeInStack(cause: unknown, configFile: string, bundle: Bundle | undefined): string | undefined {
  if (!bundle || !(cause instanceof Error)) return undefined;
  const frames = /((?:file:\/\/)?\/[^\n()?]+?)(?:\?\w+)?:(\d+):(\d+)\)?$/gm;
  for (const [, file = '', line, column] of (cause.stack ?? '').matchAll(frames)) {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    if (bundle.sources.includes(path)) return `${path}:${line}`;
    if (path === bundle.module) return placeInSource(path, Number(line), Number(column), configFile);
  }
  return undefined;
}

function placeInSource(module: string, line: number, column: number, configFile: string): string | undefined {
  const map = /\/\/# sourceMappingURL=data:application\/json;base64,(.+)\s*$/.exec(readFileSync(module, 'utf8'))?.[1];
  if (map === undefined) return undefined;
  const payload = JSON.parse(Buffer.from(map, 'base64').toString('utf8')) as SourceMapPayload;
  const entry = new SourceMap(payload).findEntry(line - 1, column - 1);
  return 'originalSource' in entry
    ? `${resolve(configFile, '..', entry.originalSource)}:${entry.originalLine + 1}`
    : undefined;
}
