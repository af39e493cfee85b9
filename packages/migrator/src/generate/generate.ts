import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import type { CompatibilityChange } from '../compatibility/index.js';
import type { GenerateConfig } from '../config/config.js';
import type { Phase } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type NewMigration, nextPlaces, writeMigrations } from '../folder/write-migrations.js';
import { type Scratch, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { CUSTOM_UP, emptyDown, preludeOf, schemasIn } from './custom.js';
import { changesBetween } from './diff.js';
import { draftMigrations, partTexts, snapshotText, tagOf } from './draft.js';
import { withNotes } from './file-notes.js';
import { type GenerateHistory, readHistory } from './history.js';
import { loadSchema } from './load-schema.js';
import { assertName, missingName, suggestName } from './names.js';
import { parkingIn } from './parking.js';
import { type Part, type PartOptions, partsOf } from './parts.js';
import { type Proof, prove } from './prove.js';
import type { Rename } from './renames.js';
import { type RenameAnswers, resolveRenames } from './resolve-renames.js';
import { canonical, type Snapshot } from './snapshot.js';
import { withoutBystanders } from './subset.js';
import { tagPrefixes } from './tags.js';

/** Where a schema and its migrations lie. */
export interface GenerateProject {
  /** Folder of the config: `schema` starts here, and drizzle-kit is looked for. Absolute. */
  readonly root: string;
  /** Absolute. */
  readonly migrationsFolder: string;
  /** Folder that paths in messages are relative to. */
  readonly relativeTo: string;
  readonly generate: GenerateConfig;
  /** Schema that dropped things are parked in. Default `migrator_trash`. */
  readonly trashSchema?: string | undefined;
  /** Schema and table of drizzle's tracking. Default `drizzle.__drizzle_migrations`. */
  readonly migrationsSchema?: string | undefined;
  readonly migrationsTable?: string | undefined;
}

export interface GenerateOptions {
  readonly name?: string | undefined;
  /** Asked for a name where there is none, with one made of the changes. */
  readonly askName?: ((suggestion: string) => Promise<string>) | undefined;
  readonly renames: RenameAnswers;
  readonly plain: boolean;
  /** A pair of files for SQL that the schema does not know: empty, or with these texts. */
  readonly custom: boolean | { readonly up: string; readonly down: string };
  /** Written at the top of the migration. */
  readonly phase?: Phase | undefined;
  readonly dryRun: boolean;
  readonly scratchUrl?: string | undefined;
  readonly trash?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export interface GenerateResult {
  /** Empty: schema and migrations agree. */
  readonly migrations: readonly GeneratedMigration[];
  readonly renames: readonly Rename[];
  /** Whether files were written. */
  readonly written: boolean;
}

export interface GeneratedMigration {
  readonly tag: string;
  /** Paths of its files, relative to `relativeTo`. */
  readonly path: string;
  readonly downPath: string;
  readonly up: string;
  readonly down: string;
  /** What its file says, if it says something. */
  readonly phase?: Phase;
  /** What a release from before it would miss; empty for what somebody has still to write. */
  readonly breaks: readonly CompatibilityChange[];
}

/** Makes the migrations that lead from the newest snapshot to the schema, proves them, and writes them. */
export async function generateMigrations(project: GenerateProject, options: GenerateOptions): Promise<GenerateResult> {
  const history = readHistory(project.migrationsFolder, project.relativeTo, Date.now());
  if (options.custom) return writeCustom(project, history, options);
  const [schema] = await Promise.all([loadSchema(project.generate, project.root, history.latest.id), loadParser()]);
  const { latest } = history;
  if (partsOf(latest, schema, [], { plain: true }).length === 0) return { migrations: [], renames: [], written: false };
  const renames = await resolveRenames(latest, schema, options.renames);
  const name = await nameFor(latest, schema, renames, options);
  const now = Date.now();
  const places = nextPlaces(history.folder.journal, 2, now);
  const prefixes = tagPrefixes(project.generate.prefix, places, { tags: tagsOf(history), now });
  const parking = parkingIn({ migration: tagOf(prefixes[0] ?? '', name, ''), trash: options.trash });
  const forms = { plain: options.plain, parking };
  const parts = partsOf(latest, schema, renames, forms);
  const drafts = draftMigrations(parts, {
    config: project.generate,
    name,
    places,
    prefixes,
    trash: options.trash,
    phase: options.phase,
    latest,
  });
  const proof = proofOf({ latest, schema, renames, forms, drafts }, project, options);
  // Roles belong to a whole server: on somebody's, the database that means the result has the new one already.
  const url = renames.some(({ kind }) => kind === 'role') ? undefined : options.scratchUrl;
  const breaks = await withScratch({ url, signal: options.signal, onProgress: options.onProgress }, (scratch) =>
    proveWithHistory(scratch, proof, history),
  );
  const noted = drafts.map((draft, index) => withNotes(draft, parts[index] as Part, history.folder.migrations));
  if (!options.dryRun) write(project, history, noted, options);
  return {
    migrations: noted.map((draft, index) => shown(draft, project, { phase: options.phase, breaks: breaks[index] })),
    renames,
    written: !options.dryRun,
  };
}

interface Drafted {
  readonly latest: Snapshot;
  readonly schema: Snapshot;
  readonly renames: readonly Rename[];
  readonly forms: PartOptions;
  readonly drafts: readonly NewMigration[];
}

/**
 * What to run on scratch: the files, on the part of the schema that they are about. Where the files for that part alone
 * would be others, because of policies that cannot be built, those are tried; else the whole schema is taken.
 */
function proofOf(
  { latest, schema, renames, forms, drafts }: Drafted,
  { generate }: GenerateProject,
  { trash: trashSchema, phase }: GenerateOptions,
): Proof {
  const texts = (before: Snapshot, after: Snapshot) =>
    partsOf(before, after, renames, forms).map((part, index) => ({
      tag: drafts[index]?.tag ?? '',
      ...partTexts(part, { config: generate, trash: trashSchema, phase }),
    }));
  const written = drafts.map(({ tag, up, down }) => ({ tag, up, down }));
  const small = withoutBystanders(latest, schema, renames);
  if (canonical(texts(small.before, small.after)) === canonical(written))
    return { ...small, steps: written, trashSchema };
  const [before, after] = [latest, schema].map((snapshot) => ({ ...snapshot, policies: {} })) as [Snapshot, Snapshot];
  return { before, after, steps: texts(before, after), trashSchema };
}

/** What would be generated, told as the statements alone; empty where schema and migrations agree. Writes and proves nothing. */
export async function pendingChanges(project: GenerateProject): Promise<readonly string[]> {
  const { latest } = readHistory(project.migrationsFolder, project.relativeTo, Date.now());
  const [schema] = await Promise.all([loadSchema(project.generate, project.root, latest.id), loadParser()]);
  return partsOf(latest, schema, [], { plain: true }).flatMap(({ up }: Part) => up.map(({ sql }) => sql));
}

/** The schema may be made of what only custom SQL has: extensions and functions are then taken from the history. */
async function proveWithHistory(
  scratch: Scratch,
  proof: Proof,
  { folder }: GenerateHistory,
): Promise<readonly (readonly CompatibilityChange[])[]> {
  const roles = strangeRoles(proof.before, proof.after).map((role) => `CREATE ROLE "${role.replaceAll('"', '""')}"`);
  try {
    return await prove(scratch, proof, roles);
  } catch (error) {
    const isLacking = error instanceof MigratorError && error.code === 'generate-unproven' && error.cause !== undefined;
    const prelude = isLacking ? preludeOf(sqlOf(folder), schemasIn(proof.before, proof.after)) : [];
    if (prelude.length === 0) throw error;
    // Where that fails too, the first error says more: it is of the schema as it is written.
    return await prove(scratch, proof, [...roles, ...prelude]).catch((second: unknown) => {
      throw second instanceof MigratorError ? error : second;
    });
  }
}

function sqlOf({ migrations }: GenerateHistory['folder']): string[] {
  return migrations.flatMap(({ file }) => file?.sql ?? []);
}

/** Roles that policies are for and that the schema does not make. */
export function strangeRoles(...snapshots: readonly Snapshot[]): string[] {
  const known = new Set(snapshots.flatMap(({ roles }) => Object.keys(roles)));
  const used = snapshots.flatMap(({ tables }) =>
    Object.values(tables).flatMap(({ policies }) => Object.values(policies).flatMap(({ to }) => to ?? [])),
  );
  return [...new Set(used)].filter(
    (role) => !known.has(role) && !/^(?:public|current_user|current_role|session_user)$|^pg_/.test(role),
  );
}

async function nameFor(
  before: Snapshot,
  after: Snapshot,
  renames: readonly Rename[],
  options: GenerateOptions,
): Promise<string> {
  const suggestion = suggestName(changesBetween(before, after, renames), renames);
  const name = options.name ?? (await options.askName?.(suggestion));
  if (name === undefined) throw missingName(suggestion);
  assertName(name, suggestion);
  return name;
}

async function writeCustom(
  project: GenerateProject,
  history: GenerateHistory,
  options: GenerateOptions,
): Promise<GenerateResult> {
  const name = options.name ?? (await options.askName?.('backfill_song_titles'));
  if (name === undefined) throw missingName(undefined);
  assertName(name, undefined);
  const now = Date.now();
  const places = nextPlaces(history.folder.journal, 1, now);
  const [prefix = ''] = tagPrefixes(project.generate.prefix, places, { tags: tagsOf(history), now });
  const snapshot = snapshotText({ ...history.latest, id: randomUUID(), prevId: history.latest.id });
  const { up, down } = typeof options.custom === 'object' ? options.custom : { up: CUSTOM_UP, down: emptyDown() };
  const directive = options.phase === undefined ? '' : `-- migrator: phase=${options.phase}\n`;
  const draft = { tag: tagOf(prefix, name, ''), prefix, up: `${directive}${up}`, down, snapshot };
  if (!options.dryRun) write(project, history, [draft], options);
  return { migrations: [shown(draft, project, options)], renames: [], written: !options.dryRun };
}

function write(
  { generate, migrationsFolder }: GenerateProject,
  { folder }: GenerateHistory,
  drafts: readonly NewMigration[],
  { signal }: GenerateOptions,
): void {
  signal?.throwIfAborted();
  const { journal } = folder;
  const places = nextPlaces(journal, drafts.length, Date.now());
  const entries = drafts.map(({ tag }, index) => ({
    idx: places[index]?.idx ?? 0,
    version: '7',
    when: places[index]?.when ?? 0,
    tag,
    breakpoints: generate.breakpoints,
  }));
  writeMigrations(migrationsFolder, drafts, {
    version: '7',
    dialect: 'postgresql',
    entries: [...journal.entries, ...entries],
  });
}

function tagsOf({ folder }: GenerateHistory): string[] {
  return folder.journal.entries.map(({ tag }) => tag);
}

function shown(
  { tag, up, down = '' }: NewMigration,
  { migrationsFolder, relativeTo }: GenerateProject,
  {
    phase,
    breaks = [],
  }: { readonly phase?: Phase | undefined; readonly breaks?: readonly CompatibilityChange[] | undefined },
): GeneratedMigration {
  const folder = relative(relativeTo, migrationsFolder);
  const place = folder === '' ? '' : `${folder}/`;
  return {
    tag,
    path: `${place}${tag}.sql`,
    downPath: `${place}${tag}.down.sql`,
    up,
    down,
    ...(phase && { phase }),
    breaks,
  };
}
