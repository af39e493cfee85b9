import { type Catalog, type CatalogDifference, readCatalog } from '../catalog/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parkedPatterns } from '../recoverable/index.js';
import type { Scratch, ScratchDatabase } from '../scratch/index.js';
import { loadParser } from '../sql/parse.js';
import { preludeOf, schemasIn } from './custom.js';
import { expressibleDifferences } from './expressible.js';
import { type GenerateProject, strangeRoles } from './generate.js';
import { readHistory } from './history.js';
import { loadSchema } from './load-schema.js';
import { build } from './prove.js';
import type { Snapshot } from './snapshot.js';

/** Where the migrations, replayed, lead elsewhere than the schema. */
export interface SchemaAgainstReplay {
  readonly differences: readonly CatalogDifference[];
  /** Where the newest snapshot does too; told only if the schema does. */
  readonly ofSnapshot?: readonly CatalogDifference[];
  /** Why it could not be told; then there are no differences. */
  readonly unknown?: MigratorError;
}

/**
 * Makes what the schema means on scratch, and compares it with a database that all migrations have been replayed on. Without
 * schema files, the newest snapshot stands for the schema.
 */
export async function schemaAgainstReplay(
  scratch: Scratch,
  replayed: ScratchDatabase,
  project: GenerateProject,
): Promise<SchemaAgainstReplay> {
  let schema: Snapshot;
  let latest: Snapshot;
  let history: readonly string[];
  try {
    const { folder, ...newest } = readHistory(project.migrationsFolder, project.relativeTo, Date.now());
    latest = newest.latest;
    history = folder.migrations.flatMap(({ file }) => file?.sql ?? []);
    [schema] = await Promise.all([
      project.generate.schema.length > 0 ? loadSchema(project.generate, project.root, latest.id) : latest,
      loadParser(),
    ]);
  } catch (error) {
    // Real folders have lost snapshots; what there is can be replayed all the same.
    if (error instanceof MigratorError) return { differences: [], unknown: error };
    throw error;
  }
  const made = await readCatalog(replayed.session, { ignore: parkedPatterns(project.trashSchema) });
  const differencesOf = (snapshot: Snapshot) => differencesBetween(scratch, snapshot, made, { project, history });
  const differences = await differencesOf(schema);
  if (differences instanceof MigratorError) return { differences: [], unknown: differences };
  if (differences.length === 0 || schema === latest) return { differences };
  const ofSnapshot = await differencesOf(latest);
  return { differences, ...(ofSnapshot instanceof MigratorError ? {} : { ofSnapshot }) };
}

async function differencesBetween(
  scratch: Scratch,
  snapshot: Snapshot,
  made: Catalog,
  { project, history }: { readonly project: GenerateProject; readonly history: readonly string[] },
): Promise<readonly CatalogDifference[] | MigratorError> {
  const database = await buildSchema(scratch, snapshot, history);
  if (database instanceof MigratorError) return database;
  try {
    const meant = await readCatalog(database.session, { ignore: parkedPatterns(project.trashSchema) });
    return expressibleDifferences(meant, made);
  } finally {
    await database.drop();
  }
}

/** A schema may be made of what only custom SQL has: then that is taken from the history. */
export async function buildSchema(
  scratch: Scratch,
  schema: Snapshot,
  history: readonly string[],
): Promise<ScratchDatabase | MigratorError> {
  const roles = strangeRoles(schema).map((role) => `CREATE ROLE "${role.replaceAll('"', '""')}"`);
  let failure: MigratorError | undefined;
  for (const prelude of [roles, [...roles, ...preludeOf(history, schemasIn(schema))]]) {
    const database = await scratch.create();
    try {
      await build(database, schema, prelude);
      return database;
    } catch (error) {
      await database.drop();
      if (!(error instanceof MigratorError) || error.code !== 'generate-unproven') throw error;
      // The first says more: it is of the schema as it is written.
      failure ??= error;
    }
  }
  return failure as MigratorError;
}
