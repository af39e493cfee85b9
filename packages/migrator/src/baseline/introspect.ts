import { type Catalog, type CatalogDifference, compareCatalogs, topDifferences } from '../catalog/index.js';
import { statementsBetween } from '../catalog-sql/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { ScratchDatabase } from '../scratch/index.js';
import { describeDifferences } from './describe.js';
import { squashDownText } from './squash-draft.js';

export interface FirstMigration {
  readonly up: string;
  readonly down: string;
  /** Objects that the file does not make, and why. */
  readonly uncovered: readonly string[];
}

const BREAKPOINT = ';\n--> statement-breakpoint\n';

/** The file that makes a whole database, and the one that takes it all away. Pure. */
export function firstMigration(empty: Catalog, live: Catalog): FirstMigration {
  const make = statementsBetween(empty, live);
  const undo = statementsBetween(live, empty);
  const tables = [...live.values()].filter(({ kind }) => kind === 'table').length;
  const statements = make.statements.map(({ sql }) =>
    sql.replace(/^set (?!local\b)/, 'set local ').replace(/;\s*$/, ''),
  );
  return {
    up: `${(statements.length === 0 ? ['select 1'] : statements).join(BREAKPOINT)};\n`,
    down: squashDownText(
      undo.statements.map(({ sql }) => sql),
      tables,
    ),
    uncovered: make.impossible.map(({ key, why }) => `${key}: ${why}`),
  };
}

/** Runs both on an empty database, and compares. Throws `introspect-unproven`. */
export async function proveFirst(
  database: ScratchDatabase,
  { up, down }: FirstMigration,
  about: {
    readonly tag: string;
    readonly empty: Catalog;
    readonly live: Catalog;
    readonly read: () => Promise<Catalog>;
  },
): Promise<void> {
  const run = async (path: string, sql: string) => {
    try {
      await database.run({ tag: about.tag, path, sql });
    } catch (error) {
      if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
      throw unproven(`${path} does not run on a new database: ${error.message}`, error.detail ?? '', error);
    }
  };
  await run(`${about.tag}.sql`, up);
  const made = compareCatalogs(about.live, await about.read());
  if (made.length > 0) throw unproven('A new database would not be what this one is.', describeDifferences(made));
  await run(`${about.tag}.down.sql`, down);
  const left = compareCatalogs(about.empty, await about.read());
  if (left.length > 0) throw unproven('The way back does not lead to an empty database.', describeDifferences(left));
}

/** Names of what the schema files do not say, or say otherwise, of a database: drizzle cannot express it. */
export function notInSchema(live: Catalog, meant: Catalog): readonly CatalogDifference[] {
  return topDifferences(compareCatalogs(live, meant));
}

function unproven(message: string, detail: string, cause?: unknown): MigratorError {
  return new MigratorError('introspect-unproven', {
    message,
    ...(detail && { detail }),
    state: 'Nothing was changed.',
    fix: "If it needs an extension that the scratch server does not have, name a server that has it: `--scratch-url` (the database's own will do, if the role may create databases). Leave out what is not yours with `--ignore`.",
    cause,
  });
}
