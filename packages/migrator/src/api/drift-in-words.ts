import {
  type Catalog,
  type CatalogDifference,
  type CatalogKind,
  type CatalogOptions,
  compareCatalogs,
  readCatalog,
} from '../catalog/index.js';
import { statementsBetween } from '../catalog-sql/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { Scratch, ScratchDatabase } from '../scratch/index.js';

/** What holds expressions, which each version of Postgres prints in words of its own. */
const WITH_EXPRESSIONS: ReadonlySet<CatalogKind> = new Set([
  'column',
  'constraint',
  'index',
  'view',
  'materialized-view',
  'domain',
  'function',
  'procedure',
  'trigger',
  'rule',
  'policy',
  'statistics',
  'collation',
]);

/**
 * Without objects that another version of Postgres only says otherwise: made on a copy of the scratch database as the database
 * has them, and printed there, they read as expected.
 */
export async function withoutWords(
  scratch: Scratch,
  database: ScratchDatabase,
  {
    expected,
    live,
    differences,
    read,
  }: {
    readonly expected: Catalog;
    readonly live: Catalog;
    readonly differences: readonly CatalogDifference[];
    readonly read: CatalogOptions;
  },
): Promise<readonly CatalogDifference[]> {
  const keys = new Set(
    differences.flatMap(({ key, kind, change }) => (change === 'changed' && WITH_EXPRESSIONS.has(kind) ? [key] : [])),
  );
  if (keys.size === 0) return differences;
  const back = compareCatalogs(live, expected).filter(({ key }) => keys.has(key));
  const { statements } = statementsBetween(expected, live, { differences: back, grants: true });
  const copy = await scratch.create({ from: database });
  try {
    await copy.run(statements.map(({ sql }) => sql));
    const printed = await readCatalog(copy.session, read);
    return differences.filter(({ key }) => !keys.has(key) || printed.get(key)?.text !== expected.get(key)?.text);
  } catch (error) {
    // What cannot be made there, because it stands on something else that has drifted, stays a difference.
    if (error instanceof MigratorError && error.code === 'statement-failed') return differences;
    throw error;
  } finally {
    await copy.drop();
  }
}
