import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorError } from '../errors/migrator-error.js';
import { claim, finishEdits, type StagedStep, type Staging } from './staging.js';

/** A change of one file of a migrations folder, as plain data: it can be shown before it is done. */
export interface FileEdit {
  /** Relative to the migrations folder, with `/`. */
  readonly path: string;
  /** What the file is to hold; null removes it. */
  readonly text: string | null;
  /** Why, for people: `adopts 0003_plays.sql`. */
  readonly reason: string;
}

export const JOURNAL_PATH = 'meta/_journal.json';

/**
 * Does all of it or nothing. Every text is written beside the folder's files first; then all get their places, `meta/_journal.json`
 * last, so that no reader finds an entry without its file; then files are removed. When a step fails, what was there before is put
 * back; what a kill leaves half done, `finishEdits` ends. Gives the paths in the order of the work. Throws `folder-unwritable`, and
 * `history-moved` where a run that was killed had changes left: they are done now, and no plan knew of them.
 */
export function applyEdits(directory: string, edits: readonly FileEdit[]): string[] {
  const steps = ordered(edits);
  const work = new Work(directory, steps, waitFor(directory, SOON_MS, sleepHere));
  work.prepare();
  work.carryOut();
  return steps.map(({ path }) => path);
}

/**
 * The same around work that belongs to it: it begins when all is written, and if it fails, no file is changed. If a file then cannot
 * get its place, the work is done and the files wait: the next run gives them their places. Nobody else changes the folder
 * meanwhile; `assertUnmoved` is asked once that is so.
 */
export async function withEdits<T>(
  directory: string,
  edits: readonly FileEdit[],
  use: () => Promise<T>,
  options: { readonly waitMs?: number; readonly assertUnmoved?: () => void } = {},
): Promise<T> {
  const steps = ordered(edits);
  if (steps.length === 0) {
    options.assertUnmoved?.();
    return use();
  }
  const found = await waitingFor(directory, options.waitMs ?? SOON_MS);
  const work = new Work(directory, steps, found);
  try {
    options.assertUnmoved?.();
  } catch (error) {
    work.end();
    throw error;
  }
  work.prepare();
  let result: T;
  try {
    result = await use();
  } catch (error) {
    work.end();
    throw error;
  }
  work.carryOutLater();
  return result;
}

/** Ends what a run that was killed has left. Throws `folder-unwritable` where that cannot be. */
export function finishLeftEdits(directory: string): void {
  try {
    finishEdits(directory);
  } catch (cause) {
    throw unwritable(directory, cause, {
      state: 'The files of an earlier run still wait in `.migrator-edits` of the folder.',
    });
  }
}

/** Other runs have a folder for milliseconds, unless they wait for a database. */
const SOON_MS = 10_000;
const PAUSE_MS = 50;

function waitFor(directory: string, limitMs: number, pause: () => void): Claimed {
  for (const deadline = Date.now() + limitMs; ; pause()) {
    const claimed = tryClaim(directory, Date.now() > deadline);
    if (claimed) return claimed;
  }
}

async function waitingFor(directory: string, limitMs: number): Promise<Claimed> {
  for (const deadline = Date.now() + limitMs; ; await sleep(PAUSE_MS)) {
    const claimed = tryClaim(directory, Date.now() > deadline);
    if (claimed) return claimed;
  }
}

function sleepHere(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

interface Claimed {
  readonly staging: Staging;
  /** The topmost folder that had to be made. */
  readonly made: string | undefined;
}

function tryClaim(directory: string, isLate: boolean): Claimed | undefined {
  try {
    const made = mkdirSync(directory, { recursive: true });
    const { done, busy } = finishEdits(directory);
    if (done) throw leftoversDone(directory);
    const staging = busy === undefined ? claim(directory) : undefined;
    if (staging) return { staging, made };
    if (isLate) throw busyElsewhere(directory, busy);
    return undefined;
  } catch (cause) {
    throw cause instanceof MigratorError ? cause : unwritable(directory, cause);
  }
}

class Work {
  readonly #directory: string;
  readonly #steps: readonly FileEdit[];
  readonly #staging: Staging;
  readonly #before = new Map<string, Buffer | undefined>();
  readonly #made: string[];
  #staged: StagedStep[] = [];

  constructor(directory: string, steps: readonly FileEdit[], { staging, made }: Claimed) {
    this.#directory = directory;
    this.#steps = steps;
    this.#staging = staging;
    this.#made = made === undefined ? [] : [made];
  }

  prepare(): void {
    this.#orElse(() => {
      for (const { path } of this.#steps) this.#before.set(path, readIfThere(join(this.#directory, path)));
      this.#staged = this.#steps.map(({ path, text }) => {
        const folder = dirname(join(this.#directory, path));
        if (text === null) {
          if (this.#before.get(path)) accessSync(folder, constants.W_OK);
          return { path, from: null };
        }
        this.#made.push(mkdirSync(folder, { recursive: true }) ?? '');
        accessSync(folder, constants.W_OK);
        return { path, from: this.#staging.write(text) };
      });
    });
  }

  carryOut(): void {
    this.#orElse(() => this.#staging.carryOut(this.#staged));
    this.#staging.end();
  }

  /** What belongs to it is done, so that there is only the way forward. */
  carryOutLater(): void {
    try {
      this.#staging.carryOut(this.#staged);
    } catch (cause) {
      this.#staging.leave();
      throw unwritable(this.#directory, cause, {
        state: 'The tracking rows were changed; the files wait in `.migrator-edits` of the folder.',
        fix: 'Make way for them; `migrator repair` then puts them in their places.',
      });
    }
    this.#staging.end();
  }

  /** Without having changed anything. */
  end(): void {
    this.#staging.end();
    this.#unmake();
  }

  #unmake(): void {
    for (const path of this.#made.filter(Boolean)) quietly(() => rmSync(path, { recursive: true, force: true }));
  }

  #orElse(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#unmake();
      const left = restore(this.#directory, this.#before);
      quietly(() => this.end());
      throw unwritable(this.#directory, cause, notPutBack(left));
    }
  }
}

function unwritable(
  directory: string,
  cause: unknown,
  told: { readonly state?: string; readonly fix?: string } = {},
): MigratorError {
  return new MigratorError('folder-unwritable', {
    message: `The migrations cannot be written: ${messageOf(cause)}`,
    where: directory,
    state: 'Nothing was changed.',
    fix: 'Check that `out` in drizzle.config.ts names a folder that you may write to, and that the disk has room.',
    ...told,
    cause,
  });
}

function notPutBack(left: readonly string[]): { readonly state?: string } {
  if (left.length === 0) return {};
  return { state: `These could not be put back, and are to be restored from version control: ${left.join(', ')}.` };
}

function busyElsewhere(directory: string, pid: number | undefined): MigratorError {
  return new MigratorError('folder-unwritable', {
    message: `Another run${pid === undefined ? '' : `, process ${pid},`} is changing the migrations.`,
    where: directory,
    state: 'Nothing was changed.',
    fix: 'Wait until it has ended, then run the command again. If no such process is of migrator, remove `.migrator-edits` from the folder.',
  });
}

function leftoversDone(directory: string): MigratorError {
  return new MigratorError('history-moved', {
    message:
      'A run that was killed had not ended its changes of the migrations; they are done now, and this run did not know of them.',
    where: directory,
    state: 'This run has changed nothing.',
    fix: 'Run the command again.',
  });
}

/** One line for each edit: `write drizzle/0003_plays.sql (adopts it)`. `shown` gives a path as people know it. */
export function describeEdits(edits: readonly FileEdit[], shown: (path: string) => string): string[] {
  return ordered(edits).map(
    ({ path, text, reason }) => `${text === null ? 'remove' : 'write'} ${shown(path)} (${reason})`,
  );
}

function ordered(edits: readonly FileEdit[]): FileEdit[] {
  const paths = new Set<string>();
  for (const { path } of edits) {
    // A plan that names a file twice, or one outside, was made wrongly.
    if (paths.has(path) || path.startsWith('/') || normalize(path).startsWith('..'))
      throw new Error(`Not a plan of edits: ${path}`);
    paths.add(path);
  }
  const rank = ({ path, text }: FileEdit) => {
    // Where case does not count, removing the old spelling afterwards would remove the new file.
    if (text === null) return respelled(path, edits) ? 0 : 3;
    return path === JOURNAL_PATH ? 2 : 1;
  };
  return edits.toSorted((a, b) => rank(a) - rank(b));
}

function respelled(path: string, edits: readonly FileEdit[]): boolean {
  return edits.some((edit) => edit.text !== null && edit.path.toLowerCase() === path.toLowerCase());
}

/** Gives the paths that it could not put back. */
function restore(directory: string, before: ReadonlyMap<string, Buffer | undefined>): string[] {
  return [...before].reverse().flatMap(([path, bytes]) => {
    const place = join(directory, path);
    try {
      if (bytes === undefined) rmSync(place, { force: true });
      else if (!readIfThere(place)?.equals(bytes)) writeFileSync(place, bytes);
      return [];
    } catch {
      return [path];
    }
  });
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // What went wrong first is what is told.
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
