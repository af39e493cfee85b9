import { MigratorError } from '../errors/migrator-error.js';

/** An entry of `meta/_journal.json` as drizzle-kit 0.31 writes it. */
export interface JournalEntry {
  readonly idx: number;
  readonly version: string;
  readonly when: number;
  readonly tag: string;
  readonly breakpoints: boolean;
}

export interface Journal {
  readonly version: string;
  readonly dialect: string;
  readonly entries: readonly JournalEntry[];
  /** Entries that name no file of the folder, or no time, by position. They stay out of `entries`. */
  readonly invalid: readonly InvalidEntry[];
}

export interface InvalidEntry {
  readonly position: number;
  /** As JSON, without control characters. */
  readonly text: string;
  /** It has a tag, and that leads out of the folder or cannot be shown. */
  readonly strayTag: boolean;
  /** Line of the entry in the journal, where it can be told. */
  readonly line?: number;
}

/** Versions whose SQL files and hashes are the same; 7 is the one written today. */
const READABLE_VERSIONS = ['5', '6', '7'];

/**
 * Reads a journal's text. Throws `journal-malformed`, `journal-version` or `unsupported-dialect`, each with the place.
 */
export function parseJournal(text: string, file: string): Journal {
  const json = parseJson(text, file);
  if (!isRecord(json) || !Array.isArray(json.entries)) {
    throw new MigratorError('journal-malformed', {
      message: 'The journal is not an object with a list of `entries`.',
      where: file,
      fix: `Restore it from version control: \`git checkout -- ${file}\`.`,
    });
  }
  const version = String(json.version);
  if (!READABLE_VERSIONS.includes(version)) {
    throw new MigratorError('journal-version', {
      message: `The journal has version ${version}; this release reads ${READABLE_VERSIONS.join(', ')}.`,
      where: file,
      fix:
        Number(version) < 5 ? 'Run `npx drizzle-kit up` to bring the folder up to date.' : 'Update @melodia/migrator.',
    });
  }
  const dialect = String(json.dialect ?? 'postgresql');
  if (dialect !== 'postgresql' && dialect !== 'pg') {
    throw new MigratorError('unsupported-dialect', {
      message: `The journal belongs to dialect \`${dialect}\`; migrator knows PostgreSQL only.`,
      where: file,
      fix: 'Point `out` in drizzle.config.ts at a folder of PostgreSQL migrations.',
    });
  }
  const entries: JournalEntry[] = [];
  const invalid: InvalidEntry[] = [];
  const { entries: written } = json;
  written.forEach((entry: unknown, position) => {
    const when = isRecord(entry) ? Number(entry.when) : Number.NaN;
    if (!isRecord(entry) || typeof entry.tag !== 'string' || !namesAFile(entry.tag) || !Number.isFinite(when)) {
      const strayTag = isRecord(entry) && typeof entry.tag === 'string' && entry.tag !== '' && !namesAFile(entry.tag);
      const line = isRecord(entry) ? lineOfObject(text, written.slice(0, position).filter(isRecord).length) : undefined;
      const shown = escapeControls(JSON.stringify(entry) ?? 'undefined');
      invalid.push({ position, text: shown, strayTag, ...(line !== undefined && { line }) });
      return;
    }
    entries.push({
      idx: Number(entry.idx),
      version: String(entry.version ?? version),
      when,
      tag: entry.tag,
      breakpoints: entry.breakpoints !== false,
    });
  });
  return { version, dialect, entries, invalid };
}

/** The line of each entry's tag, in the order of `entries`; undefined where it cannot be told. */
export function entryLines(text: string, { entries }: Pick<Journal, 'entries'>): (number | undefined)[] {
  let at = 0;
  let line = 1;
  return entries.map(({ tag }) => {
    const next = text.indexOf(JSON.stringify(tag), at);
    if (next === -1) return undefined;
    line += text.slice(at, next).split('\n').length - 1;
    at = next + 1;
    return line;
  });
}

/** Entries hold no objects of their own, so each opens one brace behind the list's bracket. */
function lineOfObject(text: string, index: number): number | undefined {
  const list = text.indexOf('[');
  const opening = [...text.slice(list).matchAll(/\{/g)][index];
  return list === -1 || !opening ? undefined : lineOf(text, list + opening.index);
}

function parseJson(text: string, file: string): unknown {
  const conflict = /^(?:<{7}|={7}|>{7})/m.exec(text);
  if (conflict) {
    throw new MigratorError('journal-malformed', {
      message: 'The journal holds the marks of an unresolved merge.',
      where: `${file}:${lineOf(text, conflict.index)}`,
      fix: 'Run `migrator rebase`: it keeps the entries of both sides, one behind the other.',
    });
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const { what, offset, fix } = jsonFault(text, cause);
    throw new MigratorError('journal-malformed', {
      message: `The journal is not valid JSON: ${what}.`,
      where: offset === undefined ? file : `${file}:${lineOf(text, offset)}`,
      fix:
        fix ??
        `Restore it: \`git checkout -- ${file}\`; or run \`migrator repair\`, which keeps the entries that can be read.`,
      cause,
    });
  }
}

/** Node words and places these differently from version to version, so the usual ones are found by ourselves. */
function jsonFault(text: string, cause: unknown): { what: string; offset?: number; fix?: string } {
  const end = text.trimEnd().length;
  const comma = /,\s*[\]}]/.exec(text);
  if (end === 0) return { what: 'it is empty' };
  if (comma)
    return {
      what: 'a comma too many',
      offset: comma.index,
      fix: 'Run `migrator repair`, or remove the comma before the closing bracket.',
    };
  const message = cause instanceof Error ? cause.message : String(cause);
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (/end of JSON input/.test(message) || position >= end) return { what: 'it ends in the middle', offset: end };
  return { what: message.split('\n')[0] ?? '', ...(Number.isNaN(position) ? {} : { offset: position }) };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** A tag becomes a path: it must not lead out of the folder, nor carry control characters to a terminal. */
export function namesAFile(tag: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are meant
  return tag !== '' && !/[\x00-\x1f\x7f-\x9f\\]|^\/|(?:^|\/)\.\.(?:\/|$)/.test(tag);
}

/** JSON escapes only those below the space; terminals obey some of the others. */
function escapeControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
