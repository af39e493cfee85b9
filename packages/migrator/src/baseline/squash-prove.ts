import { type Catalog, type CatalogOptions, compareCatalogs, readCatalog } from '../catalog/index.js';
import { statementsBetween } from '../catalog-sql/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { rowChecksums } from '../sample-rows/index.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import { describeDifferences } from './describe.js';
import { doesNotRun } from './refusals.js';
import { readRowsAsSql } from './rows.js';
import { type SquashPlace, squashDownText, squashText } from './squash-draft.js';

export interface SquashInput {
  readonly place: SquashPlace;
  /** Paths of the new files, for messages. */
  readonly path: string;
  readonly downPath: string;
  readonly squashed: readonly ScratchMigration[];
  /** What follows in the history. */
  readonly rest: readonly ScratchMigration[];
  readonly roles: readonly string[];
  readonly withRows: boolean;
  readonly ignore: readonly string[];
}

export interface Squashed {
  readonly up: string;
  readonly down: string;
  /** Rows that the squashed migrations put into a new database. */
  readonly rows: number;
}

/**
 * Writes the one file from what the many have made on scratch, and proves it there: the same catalog, the same rows if they are
 * wanted, the rest of the history runs upon it to the same end, and the way back leads to an empty database. Throws `refused`.
 */
export async function makeSquash(scratch: Scratch, input: SquashInput): Promise<Squashed> {
  const { place, squashed, rest, roles, withRows } = input;
  const many = await scratch.create();
  const empty = await read(many, input);
  for (const migration of squashed) await needed(many, migration);
  const full = await read(many, input);
  const schemas = [...full.values()].flatMap(({ kind, parts }) => (kind === 'schema' ? (parts[0] ?? []) : []));
  const rows = await readRowsAsSql(many.session, schemas);
  const made = between(empty, full);
  const up = squashText(place, [...roles, ...made, ...(withRows ? rows.statements : [])]);
  const tables = [...full.values()].filter(({ kind }) => kind === 'table').length;
  const down = squashDownText(between(full, empty), tables);

  const one = await scratch.create();
  await attempt(one, { tag: place.tag, path: input.path, sql: up });
  assertSame(full, await read(one, input), 'The one file does not make what the many make.');
  if (withRows) await assertSameRows(many, one, schemas);
  const back = await scratch.create({ from: one });
  await attempt(back, { tag: place.tag, path: input.downPath, sql: down });
  assertSame(empty, await read(back, input), 'The way back of the one file does not lead to an empty database.');
  for (const migration of rest) {
    await needed(many, migration);
    await attempt(one, migration);
  }
  assertSame(
    await read(many, input),
    await read(one, input),
    'The migrations after the squash end in another schema upon it.',
  );
  return { up, down, rows: rows.rows };
}

function read(database: ScratchDatabase, { ignore }: SquashInput): Promise<Catalog> {
  const options: CatalogOptions = { dependencies: true, grants: true, comments: true, ignore };
  return readCatalog(database.session, options);
}

function between(from: Catalog, to: Catalog): string[] {
  const { statements, impossible } = statementsBetween(from, to, { grants: true });
  if (impossible.length > 0) {
    throw unproven(
      'Some objects cannot be written down as SQL.',
      impossible.map(({ key, why }) => `- ${key}: ${why}`).join('\n'),
    );
  }
  return statements.map(({ sql }) => sql);
}

function assertSame(expected: Catalog, actual: Catalog, message: string): void {
  const differences = compareCatalogs(expected, actual);
  if (differences.length > 0) throw unproven(message, describeDifferences(differences));
}

async function assertSameRows(many: ScratchDatabase, one: ScratchDatabase, schemas: readonly string[]): Promise<void> {
  const [expected, actual] = [
    await rowChecksums(many.session, { schemas }),
    await rowChecksums(one.session, { schemas }),
  ];
  const other = [...expected].filter(([table, sum]) => actual.get(table) !== sum).map(([table]) => `- ${table}`);
  if (other.length > 0)
    throw unproven('The rows that the one file writes are not those of the many.', other.join('\n'));
}

async function needed(database: ScratchDatabase, migration: ScratchMigration): Promise<void> {
  try {
    await database.run(migration);
  } catch (error) {
    if (error instanceof MigratorError && error.code === 'statement-failed') throw doesNotRun(migration.tag, error);
    throw error;
  }
}

async function attempt(database: ScratchDatabase, migration: ScratchMigration): Promise<void> {
  try {
    await database.run(migration);
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
    throw unproven(`\`${migration.tag}\` does not run: ${error.message}`, error.detail ?? '', error);
  }
}

function unproven(message: string, detail: string, cause?: unknown): MigratorError {
  return new MigratorError('squash-unproven', {
    message,
    ...(detail && { detail }),
    state: 'Nothing was changed.',
    fix: 'Squash fewer migrations (`--to`), or leave out what is not yours (`--ignore`). If it is none of that, please report it: it is a fault of migrator.',
    cause,
  });
}
