import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { comparedCatalog } from '../baseline/left-out.js';
import { placeOf, prefixOf, type SquashPlace } from '../baseline/squash-draft.js';
import { makeSquash, type Squashed } from '../baseline/squash-prove.js';
import { survey, type Unseen } from '../baseline/survey.js';
import { downPathOf } from '../core/down-path.js';
import type { Finding, Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { applyEdits, type FileEdit, JOURNAL_PATH } from '../folder/edits.js';
import { assertJournalLayout } from '../folder/journal-layout.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { assertName } from '../generate/names.js';
import { ORIGIN_ID } from '../generate/snapshot.js';
import { withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { type Project, trackingOf } from './project.js';
import { assertJournal, assertTag, readProjectFolder } from './read-state.js';
import { refuseOnErrors } from './run.js';

export interface SquashOptions {
  /** In snake_case. Default: `squash`. */
  readonly name?: string | undefined;
  /** Last migration to squash. Default: the last one. */
  readonly to?: string | undefined;
  /** What to do with rows that the migrations write: `keep` puts them into the file, `leave-out` does not. Default: refuse. */
  readonly data?: 'keep' | 'leave-out' | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** What `squash` would do. Plain data. */
export interface SquashPlan {
  readonly tag: string;
  readonly path: string;
  readonly squashed: readonly string[];
  /** Rows that the squashed migrations put into a new database. */
  readonly rows: number;
  readonly findings: readonly Finding[];
  readonly edits: readonly FileEdit[];
}

/**
 * Makes one migration of the first ones of a history, and proves on scratch that it makes the same. Writes nothing, and asks no
 * database. Throws `refused`, with a finding for each statement whose effect no file of DDL can have; and `squash-unproven`.
 */
export async function planSquash(project: Project, options: SquashOptions = {}): Promise<SquashPlan> {
  const folder = readProjectFolder(project, { snapshots: true, downs: true });
  assertJournal(project, folder);
  assertJournalLayout(folder, 'migrator baseline --squash', 'Squash before `migrator upgrade`, in the layout of 0.31.');
  assertTag(folder, options.to);
  assertName(options.name ?? 'squash', 'squash_2026');
  await loadParser();
  const end =
    options.to === undefined
      ? folder.migrations.length
      : folder.migrations.findLastIndex(({ tag }) => tag === options.to) + 1;
  const [squashed, rest] = [folder.migrations.slice(0, end), folder.migrations.slice(end)];
  refuseOnFolder(folder);
  if (squashed.length < 2) {
    throw new MigratorError('wrong-usage', {
      message: 'There is nothing to squash: it takes two migrations.',
      state: 'Nothing was changed.',
      fix: 'Name a later one with `--to`, or leave it out.',
    });
  }
  const place = placeOf(squashed, options.name ?? 'squash');
  const shown = relative(project.relativeTo ?? process.cwd(), join(folder.directory, `${place.tag}.sql`));
  const { unseen, roles } = survey(squashed.flatMap(scratchFile));
  const made = await withScratch(
    options.scratchUrl === undefined ? options : { ...options, url: options.scratchUrl },
    (scratch) => {
      options.onProgress?.(`Running ${folder.migrations.length} migrations on scratch databases.`);
      return makeSquash(scratch, {
        place,
        path: shown,
        downPath: downPathOf({ path: shown }),
        squashed: squashed.flatMap(scratchFile),
        rest: rest.flatMap(scratchFile),
        roles,
        withRows: options.data === 'keep',
        ignore:
          comparedCatalog({
            tracking: trackingOf(project),
            trashSchema: project.trashSchema,
            ignore: [...(project.ignore ?? []), ...(options.ignore ?? [])],
          }).ignore ?? [],
      });
    },
  );
  const findings = leftOut(unseen, made, options.data);
  refuseOnErrors({ findings, steps: [], direction: 'down' });
  return {
    tag: place.tag,
    path: shown,
    squashed: squashed.map(({ tag }) => tag),
    rows: made.rows,
    findings,
    edits: editsOf(folder, squashed, place, made),
  };
}

/** Writes what was planned, all of it or nothing. Throws `folder-unwritable`. */
export function applySquash(project: Project, { edits }: SquashPlan): void {
  applyEdits(resolve(project.migrationsFolder), edits);
}

function scratchFile({ tag, path, file }: Migration) {
  return file ? [{ tag, path, sql: file.sql }] : [];
}

function refuseOnFolder({ findings, migrations }: MigrationsFolder): void {
  const missing = migrations.filter(({ file }) => !file).map(({ tag }) => tag);
  refuseOnErrors({
    findings: findings.filter(
      ({ severity, tag }) => severity === 'error' || (tag !== undefined && missing.includes(tag)),
    ),
    steps: [],
    direction: 'down',
  });
}

/** Rows that nobody has on a new database need no word. */
function leftOut(unseen: readonly Unseen[], { rows }: Squashed, data: SquashOptions['data']): Finding[] {
  return unseen
    .filter(({ what }) => what === 'effect' || (rows > 0 && data !== 'keep'))
    .map(({ tag, path, line, what, text }) => ({
      code: 'squash-leaves-out',
      severity: data === undefined ? 'error' : 'warning',
      tag,
      at: { file: path, line },
      message: what === 'rows' ? `This writes rows: \`${text}\`.` : `This may do what no catalog shows: \`${text}\`.`,
      consequence:
        data === 'keep'
          ? 'Rows that it writes into tables are in the squash; anything else that it does is not.'
          : 'It is not part of the squash: a new database would not have what it does.',
      fix:
        data === undefined
          ? '`--with-data` writes the rows that a new database has into the squash; `--without-data` leaves them out. What else is needed, put into the new file by hand.'
          : 'Put what is needed of it into the new file, or into a migration after it.',
    }));
}

function editsOf(
  { directory, journal }: MigrationsFolder,
  squashed: readonly Migration[],
  place: SquashPlace,
  { up, down }: Squashed,
): FileEdit[] {
  const last = squashed.at(-1) as Migration;
  const snapshotPath = `meta/${prefixOf(last.tag)}_snapshot.json`;
  const snapshot = readSnapshot(join(directory, snapshotPath));
  if (!snapshot) {
    throw new MigratorError('snapshot-unusable', {
      message: `\`${last.tag}\` has no snapshot that can be read, and the squash needs one.`,
      state: 'Nothing was changed.',
      fix: 'Run `migrator repair`: it builds the snapshot from what the files do. Then squash.',
    });
  }
  const first = squashed.length;
  const entry = { idx: place.idx, version: '7', when: place.when, tag: place.tag, breakpoints: true };
  const rest = journal.entries.slice(first);
  const writes: FileEdit[] = [
    { path: `${place.tag}.sql`, text: up, reason: 'the squash' },
    { path: `${place.tag}.down.sql`, text: down, reason: 'its way back' },
    {
      path: snapshotPath,
      text: JSON.stringify({ ...snapshot, prevId: ORIGIN_ID }, null, 2),
      reason: `that of ${last.tag}, the first one now`,
    },
    {
      path: JOURNAL_PATH,
      text: JSON.stringify({ version: journal.version, dialect: journal.dialect, entries: [entry, ...rest] }, null, 2),
      reason: `one entry in the place of ${first}`,
    },
  ];
  const written = new Set(writes.map(({ path }) => path));
  const kept = new Set(rest.map(({ tag }) => `meta/${prefixOf(tag)}_snapshot.json`));
  const gone = new Set(
    squashed.flatMap(({ tag }) => [`${tag}.sql`, `${tag}.down.sql`, `meta/${prefixOf(tag)}_snapshot.json`]),
  );
  const removes = [...gone]
    .filter((path) => !written.has(path) && !kept.has(path) && existsSync(join(directory, path)))
    .map((path): FileEdit => ({ path, text: null, reason: 'squashed' }));
  return [...writes, ...removes];
}

/** As it is, with what we do not know of it. */
function readSnapshot(path: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
