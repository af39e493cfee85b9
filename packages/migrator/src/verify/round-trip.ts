import {
  type Catalog,
  type CatalogDifference,
  type CatalogOptions,
  compareCatalogs,
  readCatalog,
  topDifferences,
} from '../catalog/index.js';
import { type Classification, classify } from '../compatibility/index.js';
import type { Finding } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { type Rehearsal, rehearse } from '../rehearsal/index.js';
import { fillTables, rowChecksums, type SampleMemory } from '../sample-rows/index.js';
import type { Scratch, ScratchDatabase, ScratchMigration } from '../scratch/index.js';
import { readDirectives } from '../sql/directives.js';
import { failureOf, type RowsOfSample, SampleState } from './sample-state.js';

/** A migration with its way back, as far as it has one. */
export interface TwoWayMigration extends ScratchMigration {
  readonly down?: ScratchMigration | undefined;
}

export interface RoundTrip {
  readonly tag: string;
  /** `one-way`: there is no down to try. */
  readonly outcome: 'proven' | 'one-way' | 'failed';
  /** Rows were in the tables; false where the migration does not take those that were made up. */
  readonly withRows: boolean;
  /** Where they came from. */
  readonly rows: 'sample' | 'made-up' | 'none';
  readonly durationMs: number;
}

export interface RoundTripReport {
  readonly trips: readonly RoundTrip[];
  /** What the migrations that ran up did, statement by statement. */
  readonly rehearsals: readonly Rehearsal[];
  readonly classifications: readonly Classification[];
  readonly findings: readonly Finding[];
}

export interface RoundTripOptions {
  /** Tags to try; the others only run up, to get to them. Default: all. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly catalog?: CatalogOptions;
  /** Made-up rows in each table. Default 2. */
  readonly rows?: number | undefined;
  /** Rows that take the place of made-up ones, from the state that they belong to onwards. */
  readonly sample?: RowsOfSample | undefined;
  /** Called with the database of the whole history, if all of it ran. It is gone afterwards. */
  readonly onReplayed?: ((database: ScratchDatabase) => Promise<void>) | undefined;
  readonly onTrip?: ((trip: RoundTrip, rehearsal: Rehearsal | undefined) => void) | undefined;
}

/**
 * Runs every migration up, down and up again on scratch, with rows in the tables: after down the catalog must be what it was
 * before, after up again what it was after up; and after a recoverable drop no row may be lost. A migration that does not
 * run up ends it, because what follows has nothing to stand on.
 */
export async function roundTrips(
  scratch: Scratch,
  migrations: readonly TwoWayMigration[],
  options: RoundTripOptions = {},
): Promise<RoundTripReport> {
  const trips: RoundTrip[] = [];
  const rehearsals: Rehearsal[] = [];
  const classifications: Classification[] = [];
  const findings: Finding[] = [];
  const memory: SampleMemory = new Map();
  let isWhole = true;
  /** What `base` holds, where the migration before has told it: reading it takes longer than most migrations. */
  let known: Catalog | undefined;
  const ground = groundOf(migrations, options);
  const base = await startBehind(scratch, ground);
  if (!('session' in base)) return { trips, rehearsals, classifications, findings: [base] };
  const sample = new SampleState(scratch, base, options.sample);
  const last = migrations.findLastIndex(({ tag }) => !options.only || options.only.has(tag));
  await sample.reach(ground.at(-1)?.tag);
  for (const [position, migration] of migrations.entries()) {
    if (position < ground.length) continue;
    if (!options.only || options.only.has(migration.tag)) {
      const started = performance.now();
      const { outcome, rows, finding, rehearsal, classification, after } = await tryWithSample(
        scratch,
        { base, known, memory, sample, isLast: position === last },
        migration,
        options,
      );
      known = after;
      if (rehearsal) rehearsals.push(rehearsal);
      if (classification) classifications.push(classification);
      const durationMs = performance.now() - started;
      const trip = { tag: migration.tag, outcome, withRows: rows !== 'none', rows, durationMs };
      trips.push(trip);
      options.onTrip?.(trip, rehearsal);
      if (finding) findings.push(finding);
      if (finding?.code === 'up-fails') isWhole = false;
    } else known = undefined;
    const error = isWhole ? await failureOf(base, migration) : undefined;
    if (error) {
      findings.push(upFails(migration, error));
      isWhole = false;
    }
    if (!isWhole) break;
    if (position < last) {
      const refused = await sample.advance(migration);
      if (refused) findings.push(upFailsOnSample(migration, refused));
      await sample.reach(migration.tag);
    }
  }
  if (isWhole) await options.onReplayed?.(base);
  return { trips, rehearsals, classifications, findings };
}

/** The migrations before the first that is tried, or that rows of a sample wait for: nobody looks at a state between them. */
export function groundOf(
  migrations: readonly TwoWayMigration[],
  { only, sample }: Pick<RoundTripOptions, 'only' | 'sample'>,
): readonly TwoWayMigration[] {
  const first = only ? migrations.findIndex(({ tag }) => only.has(tag)) : 0;
  const loaded = sample ? migrations.findIndex(({ tag }) => tag === sample.after) + 1 : migrations.length;
  return migrations.slice(0, Math.min(first === -1 ? migrations.length : first, loaded));
}

async function startBehind(scratch: Scratch, ground: readonly TwoWayMigration[]): Promise<ScratchDatabase | Finding> {
  try {
    return await scratch.createBehind(ground);
  } catch (error) {
    const tag = error instanceof MigratorError && error.code === 'statement-failed' ? error.data?.tag : undefined;
    const failed = ground.find((migration) => migration.tag === tag);
    if (!failed) throw error;
    return upFails(failed, error as MigratorError);
  }
}

type Outcome = Pick<RoundTrip, 'outcome' | 'rows'> & { readonly finding?: Finding } & Partial<Measured>;

/** What the way up has shown. */
interface Measured {
  readonly rehearsal: Rehearsal;
  readonly classification: Classification;
  readonly after: Catalog;
}

interface Start {
  readonly base: ScratchDatabase;
  /** What it holds; undefined where that was not read. */
  readonly known: Catalog | undefined;
  readonly memory: SampleMemory;
  readonly sample: SampleState;
  /** Nothing that comes after it is tried. */
  readonly isLast: boolean;
}

/** On the rows of the sample; where they are refused, that is told, and made-up rows show what the migration does. */
async function tryWithSample(
  scratch: Scratch,
  start: Start,
  migration: TwoWayMigration,
  options: RoundTripOptions,
): Promise<Outcome> {
  const database = await start.sample.take(start.isLast);
  if (!database) return await roundTrip(scratch, start, migration, options);
  const onSample = await roundTrip(scratch, start, migration, options, database);
  if (!onSample.refused) return onSample;
  await start.sample.giveUp();
  const outcome = await roundTrip(scratch, start, migration, options);
  if (outcome.finding?.code === 'up-fails') return outcome;
  return { ...outcome, outcome: 'failed', finding: upFailsOnSample(migration, onSample.refused) };
}

async function roundTrip(
  scratch: Scratch,
  { base, known, memory }: Start,
  migration: TwoWayMigration,
  { catalog: catalogOptions = {}, rows: count = 2 }: RoundTripOptions,
  sampled?: ScratchDatabase,
): Promise<Outcome & { readonly refused?: MigratorError }> {
  const state = (database: ScratchDatabase) =>
    readCatalog(database.session, { ...catalogOptions, roles: [...(catalogOptions.roles ?? []), ...database.roles] });
  let database = sampled ?? (await scratch.create({ from: base }));
  try {
    const before = known ?? (await state(database));
    const schemas = schemasOf(before);
    if (!sampled) await fillTables(database.session, { schemas, rows: count, memory });
    const checksums = readDirectives(migration.sql).recoverable
      ? await rowChecksums(database.session, { schemas })
      : undefined;
    let rows: RoundTrip['rows'] = sampled ? 'sample' : 'made-up';
    let up = await attempt(database, migration, scratch.serverVersion);
    if (up instanceof MigratorError && sampled) return { outcome: 'failed', rows, refused: up };
    if (up instanceof MigratorError) {
      // A new rule may rightly refuse rows that were made up without knowing it.
      await database.drop();
      database = await scratch.create({ from: base });
      rows = 'none';
      up = await attempt(database, migration, scratch.serverVersion);
      if (up instanceof MigratorError) return { outcome: 'failed', rows, finding: upFails(migration, up) };
    }
    const after = await state(database);
    const measured = { rehearsal: up, classification: classify(migration, before, after), after };
    const back = await goBack(database, migration, {
      before,
      after,
      rows: rows === 'none' ? undefined : checksums,
      schemas,
      state,
    });
    return { ...back, rows, ...measured };
  } finally {
    await database.drop();
  }
}

interface Ground {
  readonly before: Catalog;
  readonly after: Catalog;
  /** Digests of the rows before a migration that must bring all back; undefined where it ran without any. */
  readonly rows: ReadonlyMap<string, string> | undefined;
  readonly schemas: readonly string[];
  readonly state: (database: ScratchDatabase) => Promise<Catalog>;
}

/** Down, and up again. */
async function goBack(
  database: ScratchDatabase,
  migration: TwoWayMigration,
  { before, after, rows, schemas, state }: Ground,
): Promise<Omit<Outcome, 'rows'>> {
  const { down } = migration;
  if (!down) return { outcome: 'one-way' };
  const failed = await failureOf(database, down);
  if (failed) return { outcome: 'failed', finding: downFails(migration, down, failed) };
  const left = compareCatalogs(before, await state(database));
  if (left.length > 0) return { outcome: 'failed', finding: downDiffers(migration, down, left) };
  if (rows) {
    const lost = lostRows(rows, await rowChecksums(database.session, { schemas }));
    if (lost.length > 0) return { outcome: 'failed', finding: rowsLost(migration, down, lost) };
  }
  const again = await failureOf(database, migration);
  if (again) return { outcome: 'failed', finding: upAgainFails(migration, down, again.message) };
  const changed = compareCatalogs(after, await state(database));
  if (changed.length > 0)
    return { outcome: 'failed', finding: upAgainFails(migration, down, differencesText(changed)) };
  return { outcome: 'proven' };
}

function schemasOf(catalog: Catalog): string[] {
  return [...new Set([...catalog.values()].flatMap(({ kind, schema }) => (kind === 'table' ? [schema] : [])))];
}

/** The way up, measured; or how it fails. */
async function attempt(
  database: ScratchDatabase,
  migration: ScratchMigration,
  serverVersion: number,
): Promise<Rehearsal | MigratorError> {
  try {
    return await rehearse(database, migration, serverVersion);
  } catch (error) {
    if (error instanceof MigratorError && error.code === 'statement-failed') return error;
    throw error;
  }
}

function lostRows(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].flatMap(([table, digest]) => (after.get(table) === digest ? [] : [table]));
}

/** `missing table public.songs; changed column public.users.name`, the first few. */
export function differencesText(differences: readonly CatalogDifference[]): string {
  const top = topDifferences(differences);
  const shown = top.slice(0, 5).map(({ change, kind, name }) => `${change} ${kind} ${name}`);
  return shown.join('; ') + (top.length > shown.length ? `; and ${top.length - shown.length} more` : '');
}

function upFails({ tag, path }: TwoWayMigration, error: MigratorError): Finding {
  const extension = missingExtension(error);
  if (extension !== undefined) {
    return {
      code: 'up-fails',
      severity: 'error',
      tag,
      at: placeOf(error, path),
      message: `\`${tag}\` needs the extension \`${extension}\`, which the scratch server does not have.`,
      consequence:
        'It says nothing of your databases: a server that has the extension may well run it. It was not tried, nor what follows.',
      fix: `Name a server that has it, such as a container of the image that you deploy: \`--scratch-url postgres://…\`; or leave out what runs SQL: \`migrator check --skip-rehearsal\`.`,
    };
  }
  return {
    code: 'up-fails',
    severity: 'error',
    tag,
    at: placeOf(error, path),
    message: `\`${tag}\` does not run on a new database: ${error.message}`,
    consequence: 'A new database cannot be made from the history any more; what follows was not tried.',
    fix: `Correct ${path}; if it is applied somewhere, put the change that makes it run before it.`,
  };
}

function upFailsOnSample({ tag, path }: TwoWayMigration, error: MigratorError): Finding {
  return {
    code: 'up-fails-on-sample',
    severity: 'error',
    tag,
    at: placeOf(error, path),
    message: `\`${tag}\` does not run on the rows of the sample: ${error.message}`,
    consequence:
      'It would fail like this on a database with such rows. What follows was tried with made-up rows instead.',
    fix: `Put the change that makes the rows fit before the statement, in ${path} or a migration before it. If the dump holds only a part of the rows, see that it has those that others point at.`,
  };
}

function downFails({ tag }: TwoWayMigration, { path }: ScratchMigration, error: MigratorError): Finding {
  return {
    code: 'down-fails',
    severity: 'error',
    tag,
    at: placeOf(error, path),
    message: `The way back of \`${tag}\` does not run: ${error.message}`,
    consequence: 'A rollback in production would fail at this place.',
    fix: `Correct ${path}, or say in it why there is no way back: \`-- migrator: irreversible <reason>\`.`,
  };
}

function downDiffers(
  { tag }: TwoWayMigration,
  { path }: ScratchMigration,
  left: readonly CatalogDifference[],
): Finding {
  return {
    code: 'down-differs',
    severity: 'error',
    tag,
    at: { file: path },
    message: `Up and down of \`${tag}\` do not end where they began: ${differencesText(left)}.`,
    consequence: 'After a rollback the database has a schema that no migration describes.',
    fix: `Complete ${path}: after it, the schema must be what it was before the migration.`,
  };
}

function rowsLost({ tag }: TwoWayMigration, { path }: ScratchMigration, tables: readonly string[]): Finding {
  return {
    code: 'down-loses-rows',
    severity: 'error',
    tag,
    at: { file: path },
    message: `\`${tag}\` is marked as recoverable, but its way back changes the rows of ${tables.join(', ')}.`,
    consequence: 'A rollback would not bring back what the migration has dropped.',
    fix: `Let ${path} bring back the parked column or table, or remove the directive \`recoverable\`.`,
  };
}

function upAgainFails({ tag }: TwoWayMigration, { path }: ScratchMigration, why: string): Finding {
  return {
    code: 'up-again-differs',
    severity: 'error',
    tag,
    at: { file: path },
    message: `After up and down, \`${tag}\` does not run up as it did before: ${why}`,
    consequence: '`migrator redo`, and a second deploy after a rollback, would fail or give another schema.',
    fix: `Let ${path} undo everything that the migration does.`,
  };
}

function missingExtension({ message }: MigratorError): string | undefined {
  return /: extension "([^"]+)" is not available/.exec(message)?.[1];
}

function placeOf({ where }: MigratorError, file: string): { file: string; line?: number } {
  const line = /:(\d+)(?::\d+)?$/.exec(where ?? '')?.[1];
  return line === undefined ? { file } : { file, line: Number(line) };
}
