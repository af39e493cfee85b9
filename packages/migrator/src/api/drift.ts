import { relative } from 'node:path';
import { type AcceptedEntry, accept, acceptedText } from '../drift/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { writeFileAtomically } from '../folder/write-file.js';
import type { Project } from './project.js';
import { type DriftOptions, type DriftReport, withDrift } from './with-drift.js';

export type { DriftOptions, DriftReport };

/**
 * Compares a database with what its applied migrations make on a scratch database, object by object. Reads the database with a
 * fixed number of queries, and writes nothing: it works in a read-only session and on a standby. Throws `refused` where the
 * migrations do not run on a new database or the database was never tracked, and `history-moved` if a run went on meanwhile.
 */
export function drift(project: Project, options: DriftOptions = {}): Promise<DriftReport> {
  return withDrift(project, options, async ({ report }) => report);
}

/**
 * Writes what has drifted into the file of accepted drift, with the reason, and gives its path, relative to where messages are.
 * `patterns` are keys of objects, in which `*` stands for any text. Throws `wrong-usage` where one names nothing.
 */
export function acceptDrift(
  project: Project,
  { patterns, reason, acceptedFile, ...options }: AcceptOptions,
): Promise<AcceptReport> {
  return withDrift(project, { ...options, acceptedFile }, async ({ report, open, entries }) => {
    const added = accept(open, patterns, reason);
    const names = new Set(added.map(({ object }) => object));
    const text = acceptedText([...entries.filter(({ object }) => !names.has(object)), ...added]);
    writeAccepted(acceptedFile, text);
    const file = relative(project.relativeTo ?? process.cwd(), acceptedFile);
    return { database: report.database, file, added, left: report.differences.length - added.length };
  });
}

export interface AcceptOptions extends Omit<DriftOptions, 'acceptedFile'> {
  readonly patterns: readonly string[];
  readonly reason: string;
  readonly acceptedFile: string;
}

export interface AcceptReport {
  readonly database: string;
  readonly file: string;
  readonly added: readonly AcceptedEntry[];
  /** How many differences are not accepted. */
  readonly left: number;
}

function writeAccepted(path: string, text: string): void {
  try {
    writeFileAtomically(path, text);
  } catch (cause) {
    throw new MigratorError('folder-unwritable', {
      message: `The file of accepted drift cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      state: 'Nothing was changed.',
      fix: 'Name a file in a folder that is there and that you may write to: `migrator: { drift: { accepted } }` of drizzle.config.ts.',
      cause,
    });
  }
}
