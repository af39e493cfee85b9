import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { firstMigration, notInSchema, proveFirst } from '../baseline/introspect.js';
import { comparedCatalog } from '../baseline/left-out.js';
import { standInRoles } from '../baseline/stand-ins.js';
import { type Catalog, type CatalogDifference, readCatalog } from '../catalog/index.js';
import { sha256 } from '../core/hash.js';
import { withCancel } from '../database/abort.js';
import { readHistory } from '../database/history.js';
import { describeTarget } from '../database/target.js';
import type { TrackingEdit } from '../database/tracking-edits.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type FileEdit, JOURNAL_PATH, withEdits } from '../folder/edits.js';
import { diffSnapshots } from '../generate/diff.js';
import { snapshotText } from '../generate/draft.js';
import type { GenerateProject } from '../generate/generate.js';
import { assertName } from '../generate/names.js';
import { pull } from '../generate/pull.js';
import { EMPTY_SNAPSHOT, type Snapshot } from '../generate/snapshot.js';
import { hashHistory } from '../plan/compare.js';
import { type Scratch, withScratch } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { editTracking } from './edit-tracking.js';
import { type Project, targetOf, trackingOf, withSession } from './project.js';
import { readProjectFolder } from './read-state.js';
import type { RunOptions } from './run.js';

export interface IntrospectOptions {
  /** In snake_case. Default: `introspected`. */
  readonly name?: string | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** What `introspect` would write. Plain data. */
export interface IntrospectPlan {
  readonly database: string;
  readonly tag: string;
  /** Relative to the folder of the config. */
  readonly schemaEdits: readonly FileEdit[];
  /** Schema files that are there already, and would be overwritten. */
  readonly overwrites: readonly string[];
  /** Relative to the migrations folder. */
  readonly edits: readonly FileEdit[];
  readonly rows: readonly TrackingEdit[];
  /** Objects that the migration makes and schema.ts does not say, or says otherwise. */
  readonly notInSchema: readonly CatalogDifference[];
  /** Objects that not even the migration makes. */
  readonly uncovered: readonly string[];
  readonly historyHash: string;
}

/**
 * Makes a first migration, its snapshot and schema files of a database that has no history, and proves on scratch that the
 * migration makes the same catalog. Writes nothing. Throws `refused` where there is a history already, `pull-failed` and
 * `introspect-unproven`.
 */
export async function planIntrospect(
  project: Project & GenerateProject,
  options: IntrospectOptions,
): Promise<IntrospectPlan> {
  const { name = 'introspected', signal, onProgress } = options;
  assertName(name, 'introspected_schema');
  const folder = readProjectFolder(project, { snapshots: false });
  const target = targetOf(project);
  return withSession(target, { applicationName: 'migrator baseline', signal }, (session) =>
    withCancel(session, signal, async () => {
      const [history] = await Promise.all([readHistory(session, trackingOf(project)), loadParser()]);
      assertNoHistory(folder.migrations.length, history.rows.length);
      const { ignore } = comparedCatalog({
        tracking: trackingOf(project),
        trashSchema: project.trashSchema,
        ignore: [...(project.ignore ?? []), ...(options.ignore ?? [])],
      });
      const read = { dependencies: true, ...(ignore && { ignore }) };
      const [live, unread] = withoutOthers(await readCatalog(session, { ...read, tracking: trackingOf(project) }));
      onProgress?.('Introspecting with drizzle-kit.');
      const pulled = await pull({
        root: project.root,
        credentials: typeof project.database === 'string' ? { url: project.database } : project.database,
        schemas: schemasOf(live),
        casing: project.generate.casing,
        signal,
      });
      const tag = `0000_${name}`;
      const made = await withScratch({ url: options.scratchUrl, signal, onProgress }, async (scratch) => {
        const database = await scratch.create();
        if (options.scratchUrl === undefined) await standInRoles(session, database.session);
        const readScratch = async () => withoutOthers(await readCatalog(database.session, read))[0];
        const empty = await readScratch();
        const first = firstMigration(empty, live);
        await proveFirst(database, first, { tag, empty, live, read: readScratch });
        return { first, meant: await meaning(scratch, pulled.snapshot, read) };
      });
      const schemaEdits = schemaFilesOf(project, pulled);
      const when = Date.now();
      return {
        database: describeTarget(target),
        tag,
        schemaEdits,
        overwrites: schemaEdits.map(({ path }) => path).filter((path) => existsSync(join(project.root, path))),
        edits: migrationFiles(tag, when, made.first, pulled.snapshot),
        rows: [
          {
            action: 'insert',
            tag,
            when,
            hash: sha256(made.first.up),
            upSql: made.first.up,
            downSql: made.first.down,
            reason: 'baseline: introspected from this database',
          },
        ],
        notInSchema: made.meant ? notInSchema(live, made.meant) : [],
        uncovered: [...made.first.uncovered, ...unread],
        historyHash: hashHistory(history.rows),
      };
    }),
  );
}

/** Writes the files and the row, all of it or nothing. Throws `folder-unwritable`, `history-moved`, and what every run may throw. */
export async function applyIntrospect(
  project: Project & GenerateProject,
  plan: IntrospectPlan,
  options: RunOptions = {},
): Promise<void> {
  await withEdits(project.root, plan.schemaEdits, () =>
    withEdits(resolve(project.migrationsFolder), plan.edits, () =>
      editTracking(project, plan.rows, { ...options, historyHash: plan.historyHash }),
    ),
  );
}

function assertNoHistory(migrations: number, rows: number): void {
  if (migrations === 0 && rows === 0) return;
  throw new MigratorError('refused', {
    message:
      migrations > 0
        ? `The folder has ${migrations === 1 ? 'a migration' : `${migrations} migrations`} already: a first one cannot be made.`
        : `The tracking table has ${rows === 1 ? 'a row' : `${rows} rows`}: the database has a history, and its files are not here.`,
    state: 'Nothing was changed.',
    fix:
      migrations > 0
        ? 'Run `migrator baseline` without `--introspect`: it marks what the database has. To begin anew, move the folder away first.'
        : 'Get the migrations folder that it was made with; or empty the tracking table, to begin anew.',
  });
}

/** What the schema means, as a catalog; undefined where it does not even run without the rest. */
async function meaning(
  scratch: Scratch,
  snapshot: Snapshot,
  read: Parameters<typeof readCatalog>[1],
): Promise<Catalog | undefined> {
  const database = await scratch.create();
  for (const { sql } of diffSnapshots(EMPTY_SNAPSHOT, snapshot)) {
    // What it cannot make is not in the catalog, and so it is named.
    await database.run(sql).catch(() => {});
  }
  return readCatalog(database.session, read);
}

function schemasOf(live: Catalog): string[] {
  const schemas = [...live.values()].flatMap(({ kind, parts }) => (kind === 'schema' ? (parts[0] ?? []) : []));
  return [...new Set(['public', ...schemas])];
}

/** Where `schema` of the config looks; a folder or a glob gets `schema.ts`. */
function schemaFilesOf(
  { root, generate }: GenerateProject,
  { schema, relations }: { readonly schema: string; readonly relations: string | undefined },
): FileEdit[] {
  const [pattern = './src/schema.ts'] = generate.schema;
  const fixed = pattern.split(/[*?[{]/)[0] ?? '';
  const isFile = fixed === pattern && /\.[cm]?[jt]s$/.test(pattern);
  const place = isFile
    ? resolve(root, pattern)
    : join(resolve(root, fixed === pattern ? fixed : dirname(`${fixed}x`)), 'schema.ts');
  const path = (file: string) => relative(root, file).split(sep).join('/');
  const beside = join(dirname(place), 'relations.ts');
  const module = `./${basename(place).replace(/\.[cm]?[jt]s$/, '')}`;
  return [
    { path: path(place), text: schema, reason: 'what drizzle-kit has made of the database' },
    ...(relations === undefined
      ? []
      : [
          {
            path: path(beside),
            text: relations.replaceAll('"./schema"', `"${module}"`),
            reason: 'its foreign keys, for queries',
          },
        ]),
  ];
}

function migrationFiles(
  tag: string,
  when: number,
  { up, down }: { readonly up: string; readonly down: string },
  snapshot: Snapshot,
): FileEdit[] {
  const journal = {
    version: '7',
    dialect: 'postgresql',
    entries: [{ idx: 0, version: '7', when, tag, breakpoints: true }],
  };
  return [
    { path: `${tag}.sql`, text: up, reason: 'makes the whole database' },
    { path: `${tag}.down.sql`, text: down, reason: 'its way back' },
    {
      path: 'meta/0000_snapshot.json',
      text: snapshotText({ ...snapshot, prevId: '' }),
      reason: 'what schema.ts means',
    },
    { path: JOURNAL_PATH, text: JSON.stringify(journal, null, 2), reason: 'the first entry' },
  ];
}

/** What nobody knows but that it is there, no migration can make: its names, and the rest. */
function withoutOthers(catalog: Catalog): readonly [Catalog, readonly string[]] {
  const others = [...catalog.values()].filter(({ kind }) => kind === 'other');
  const keys = new Set(others.map(({ key }) => key));
  return [new Map([...catalog].filter(([key]) => !keys.has(key))), others.map(({ name }) => name)];
}
