import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Edits of a folder wait in here until all are written. Whoever has it is the only one who may change the folder. */
const STAGING = '.migrator-edits';
const OWNER = 'owner';
const PLAN = 'plan.json';

/** What is to be done once all is written, in this order. */
export interface StagedStep {
  /** Relative to the migrations folder. */
  readonly path: string;
  /** Name of the text in the staging folder; null removes the file. */
  readonly from: string | null;
}

/** Folders that this process is writing to: its pid alone does not tell a run from one of an earlier container. */
const busyHere = new Set<string>();

/**
 * Ends what a run that was killed has left: what it had wholly written is done to its end, anything less is thrown away. `done` tells
 * that the folder was changed; `busy` is the process that is at it now.
 */
export function finishEdits(directory: string): { readonly done: boolean; readonly busy: number | undefined } {
  let done = false;
  for (const name of namesIn(directory)) {
    const place = join(directory, name);
    const owner = ownerOf(place, name);
    if (owner === process.pid ? busyHere.has(directory) : isAlive(owner)) return { done, busy: owner };
    // Of two that find it, one gets it.
    const mine = join(directory, `${STAGING}.${process.pid}`);
    if (place !== mine && !renamed(place, mine)) continue;
    if (existsSync(join(mine, PLAN))) {
      carryOut(directory, mine, JSON.parse(readFileSync(join(mine, PLAN), 'utf8')) as StagedStep[]);
      done = true;
    }
    rmSync(mine, { recursive: true, force: true });
  }
  return { done, busy: undefined };
}

/** A place for the edits of a folder; undefined while somebody else has it. Throws what the file system throws. */
export function claim(directory: string): Staging | undefined {
  const mine = join(directory, `${STAGING}.${process.pid}`);
  const place = join(directory, STAGING);
  mkdirSync(mine);
  writeFileSync(join(mine, OWNER), String(process.pid));
  if (existsSync(place) || !renamed(mine, place)) {
    rmSync(mine, { recursive: true, force: true });
    return undefined;
  }
  busyHere.add(directory);
  return new Staging(directory, place);
}

export class Staging {
  readonly #directory: string;
  readonly #place: string;
  #count = 0;

  constructor(directory: string, place: string) {
    this.#directory = directory;
    this.#place = place;
  }

  /** Gives the name that a step has it from. */
  write(text: string): string {
    const name = String(this.#count++);
    writeFileSync(join(this.#place, name), text);
    return name;
  }

  /** From its first change on, a run that is killed is ended by `finishEdits`. */
  carryOut(steps: readonly StagedStep[]): void {
    const temporary = join(this.#place, `${PLAN}.tmp`);
    writeFileSync(temporary, JSON.stringify(steps));
    renameSync(temporary, join(this.#place, PLAN));
    carryOut(this.#directory, this.#place, steps);
  }

  /** What is not carried out by now is not to be. */
  end(): void {
    rmSync(join(this.#place, PLAN), { force: true });
    rmSync(this.#place, { recursive: true, force: true });
    this.leave();
  }

  /** For `finishEdits` to end. */
  leave(): void {
    busyHere.delete(this.#directory);
  }
}

/** Says whether a folder has changed since: names, sizes and times of its files. */
export function stateOf(directory: string): string {
  const files = ['', 'meta'].flatMap((folder) =>
    (quietly(() => readdirSync(join(directory, folder), { withFileTypes: true })) ?? []).flatMap((entry) =>
      entry.isFile() ? [join(folder, entry.name)] : [],
    ),
  );
  const lines = files.sort().map((path) => {
    const stat = quietly(() => statSync(join(directory, path), { bigint: true }));
    return `${path} ${stat?.size} ${stat?.mtimeNs}`;
  });
  return lines.join('\n');
}

/** Can be done again from any point on. */
function carryOut(directory: string, place: string, steps: readonly StagedStep[]): void {
  for (const { path, from } of steps) {
    const target = join(directory, path);
    if (from === null) rmSync(target, { force: true });
    else if (existsSync(join(place, from))) {
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(place, from), target);
    }
  }
}

function namesIn(directory: string): string[] {
  return (quietly(() => readdirSync(directory)) ?? []).filter(
    (name) => name === STAGING || name.startsWith(`${STAGING}.`),
  );
}

function ownerOf(place: string, name: string): number {
  if (name !== STAGING) return Number(name.slice(STAGING.length + 1));
  return Number(quietly(() => readFileSync(join(place, OWNER), 'utf8')));
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') return false;
    throw error;
  }
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
