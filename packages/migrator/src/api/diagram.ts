import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparedCatalog } from '../baseline/left-out.js';
import { type CatalogOptions, readCatalog } from '../catalog/index.js';
import {
  changedPart,
  comparePictures,
  pictureOfCatalog,
  pictureOfSnapshot,
  renderMermaid,
  renderSvg,
  type SchemaPicture,
} from '../diagram/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { readFolder } from '../folder/read-folder.js';
import { writeFileAtomically } from '../folder/write-file.js';
import type { GenerateProject } from '../generate/generate.js';
import { readHistory } from '../generate/history.js';
import { loadSchema } from '../generate/load-schema.js';
import { withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { withRevision } from './checkout.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';

/** Where the schema is read: the newest snapshot, the schema files, a replay of all migrations on scratch, or a database. */
export const diagramSources = ['snapshot', 'schema', 'replay', 'database'] as const;

export type DiagramSource = (typeof diagramSources)[number];

export interface DiagramProject extends GenerateProject, Pick<Project, 'ignore'> {}

export interface DiagramOptions {
  /** Default: the snapshot; in a folder of drizzle 1.0 a replay. */
  readonly from?: DiagramSource | undefined;
  /** For `database`. */
  readonly database?: Project['database'] | undefined;
  /** A git revision: the picture shows what has changed since. */
  readonly since?: string | undefined;
  /** Of a change, also what has not changed. */
  readonly all?: boolean | undefined;
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * The schema of a project as a picture, or what has changed in it since a revision. Writes nothing. Throws `wrong-usage` for a revision
 * that git does not know, and what reading the source throws: `snapshot-unusable`, `schema-failed`, `statement-failed` and so on.
 */
export async function readDiagram(project: DiagramProject, options: DiagramOptions = {}): Promise<SchemaPicture> {
  const from = options.from ?? usualSource(project);
  if (options.since === undefined) return pictureFrom(project, from, options);
  if (from === 'database') {
    throw new MigratorError('wrong-usage', {
      message: 'What has changed since a revision is told of files, not of a database.',
      fix: 'Leave out `--from database`, or `--since`; `migrator drift` compares a database with its migrations.',
    });
  }
  const before = await withRevision(
    project,
    options.since,
    (then) => pictureFrom(then, from === 'schema' ? usualSource(then) : from, options),
    { snapshots: true },
  );
  const picture = comparePictures(before, await pictureFrom(project, from, options));
  return options.all ? picture : changedPart(picture);
}

/** Files of a diagram by their names, with the texts that they must have. Pure. */
export function diagramFiles(picture: SchemaPicture, title: string): ReadonlyMap<string, string> {
  return new Map([
    ['schema.svg', renderSvg(picture, title)],
    ['schema.mmd', renderMermaid(picture)],
  ]);
}

/** Those that are not in the folder as they must be. */
export function staleFiles(folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([name, text]) => {
    try {
      // Git may check it out with other line ends.
      return readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n') === text ? [] : [name];
    } catch {
      return [name];
    }
  });
}

/** Writes what is stale, and gives it. Throws `folder-unwritable`. */
export function writeDiagram(folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  const stale = staleFiles(folder, files);
  try {
    if (stale.length > 0) mkdirSync(folder, { recursive: true });
    for (const name of stale) writeFileAtomically(join(folder, name), files.get(name) ?? '');
  } catch (cause) {
    throw new MigratorError('folder-unwritable', {
      message: `The diagram cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: folder,
      fix: 'Name a folder that you may write to with `--out`.',
      cause,
    });
  }
  return stale;
}

function usualSource(project: DiagramProject): DiagramSource {
  return folderOf(project).layout === 'folders' ? 'replay' : 'snapshot';
}

function folderOf({ migrationsFolder, relativeTo }: DiagramProject) {
  return readFolder(migrationsFolder, { relativeTo, now: Date.now(), snapshots: false });
}

async function pictureFrom(
  project: DiagramProject,
  from: DiagramSource,
  options: DiagramOptions,
): Promise<SchemaPicture> {
  switch (from) {
    case 'snapshot':
      return pictureOfSnapshot(readHistory(project.migrationsFolder, project.relativeTo, Date.now()).latest);
    case 'schema':
      return pictureOfSnapshot(await loadSchema(project.generate, project.root, ''));
    case 'replay':
      return pictureOfReplay(project, options);
    case 'database': {
      if (options.database === undefined) throw new Error('`from: database` needs a database.');
      const target = targetOf({ database: options.database, migrationsFolder: project.migrationsFolder });
      const session = { applicationName: 'migrator diagram', signal: options.signal };
      return withSession(target, session, async (opened) =>
        pictureOfCatalog(await readCatalog(opened, catalogOptions(project))),
      );
    }
  }
}

async function pictureOfReplay(project: DiagramProject, options: DiagramOptions): Promise<SchemaPicture> {
  const { migrations } = folderOf(project);
  await loadParser();
  const { scratchUrl: url, signal, onProgress } = options;
  return withScratch({ url, signal, onProgress }, async (scratch) => {
    const database = await scratch.create();
    await database.replay(migrations.flatMap(({ tag, path, file }) => (file ? { tag, path, sql: file.sql } : [])));
    return pictureOfCatalog(await readCatalog(database.session, catalogOptions(project)));
  });
}

function catalogOptions({ trashSchema, ignore, ...project }: DiagramProject): CatalogOptions {
  return comparedCatalog({ tracking: trackingOf(project), trashSchema, ignore });
}
