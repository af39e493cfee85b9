import { type Catalog, type CatalogDifference, compareCatalogs } from '../catalog/index.js';
import { adoptable } from '../drift/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { downBetween } from '../generate/catalog-down.js';
import { emptyDown } from '../generate/custom.js';
import { type GeneratedMigration, type GenerateProject, generateMigrations } from '../generate/generate.js';
import { assertName } from '../generate/names.js';
import { differencesText } from '../verify/index.js';
import type { Project } from './project.js';
import { type DriftOptions, type FoundDrift, withDrift } from './with-drift.js';

export interface AdoptOptions extends DriftOptions {
  /** Of the migration, in snake_case. */
  readonly name: string;
  /** Write nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface AdoptReport {
  readonly database: string;
  /** Undefined: nothing has drifted. */
  readonly migration: GeneratedMigration | undefined;
  /** Objects that no statement of ours makes, and why. */
  readonly impossible: readonly { readonly key: string; readonly why: string }[];
  /** Tables and columns that this database lacks: wherever they are still, the migration destroys what is stored in them. */
  readonly destroys: readonly string[];
  readonly written: boolean;
}

/**
 * Writes a migration, up and down, that makes of what the applied migrations make what the database has; proven on scratch, both
 * ways. The database is not touched: it has it already. Throws `refused` while migrations are pending, `vague-name`, and
 * `generate-unproven`; nothing is written then.
 */
export function adoptDrift(
  project: Project & GenerateProject,
  { name, dryRun = false, ...options }: AdoptOptions,
): Promise<AdoptReport> {
  assertName(name, 'drop_unused_index');
  return withDrift(project, options, async (found) => {
    const { report } = found;
    if (!report.drifted)
      return { database: report.database, migration: undefined, impossible: [], destroys: [], written: false };
    if (report.pending.length > 0) throw isPending(report);
    const texts = await proven(found, name, { ...project.generate, owners: options.owners === true });
    const { migrations, written } = await generateMigrations(project, {
      name,
      renames: { given: [], none: true },
      plain: false,
      custom: texts,
      dryRun,
      signal: options.signal,
    });
    const destroys = report.differences.flatMap(({ kind, change, name: object }) =>
      change === 'missing' && (kind === 'table' || kind === 'column') ? [`${kind} ${object}`] : [],
    );
    return {
      database: report.database,
      migration: migrations[0],
      impossible: report.adopt.impossible,
      destroys,
      written,
    };
  });
}

/** Up, to what the database has, and down again: each leads to exactly that. */
async function proven(
  { report, open, expected, live, scratch, readScratch }: FoundDrift,
  tag: string,
  { breakpoints, owners }: { readonly breakpoints: boolean; readonly owners: boolean },
): Promise<{ readonly up: string; readonly down: string }> {
  const hopeless = new Set(report.adopt.impossible.map(({ key }) => key));
  const wanted = open.filter(({ key }) => !hopeless.has(key));
  const meant = withObjects(expected, live, wanted);
  const separator = breakpoints ? ';\n--> statement-breakpoint\n' : ';\n';
  // A setting must not outlive the migration.
  const statements = report.adopt.statements.map((sql) => sql.replace(/^set (?!local\b)/, 'set local '));
  const up = `-- What a database had that no migration made: adopted by \`migrator drift --adopt\`.\n${statements.join(separator)};\n`;
  const { text } = downBetween(adoptable(expected, owners), adoptable(meant, owners), {
    sql: up,
    renames: [],
    breakpoints,
  });
  const down = text ?? emptyDown('it changes nothing that a catalog shows');
  const keys = new Set(wanted.map(({ key }) => key));
  const leadsTo = async (path: string, sql: string, goal: Catalog) => {
    await scratch.run({ tag, path, sql }).catch((error: unknown) => {
      if (error instanceof MigratorError && error.code === 'statement-failed')
        throw unproven(`${path} does not run: ${error.message}`, error);
      throw error;
    });
    const left = compareCatalogs(goal, await readScratch()).filter(({ key }) => keys.has(key));
    if (left.length > 0) throw unproven(`${path} does not lead where it should: ${differencesText(left)}.`);
  };
  await leadsTo(`${tag}.sql`, up, meant);
  await leadsTo(`${tag}.down.sql`, down, expected);
  return { up, down };
}

/** A catalog, with some objects as another has them. */
function withObjects(catalog: Catalog, other: Catalog, wanted: readonly CatalogDifference[]): Catalog {
  const objects = new Map(catalog);
  for (const { key } of wanted) {
    const object = other.get(key);
    if (object) objects.set(key, object);
    else objects.delete(key);
  }
  return new Map([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isPending({ pending, findings }: FoundDrift['report']): MigratorError {
  const there = findings.filter(({ code }) => code === 'drift-pending').flatMap(({ tag }) => tag ?? []);
  return new MigratorError('refused', {
    message: `${pending.length === 1 ? `\`${pending[0]}\` is` : `${pending.length} migrations are`} pending here: a migration that adopts what the database has would come after ${pending.length === 1 ? 'it' : 'them'}.`,
    state: 'Nothing was written.',
    fix:
      there.length > 0
        ? `The database has all that ${there.map((tag) => `\`${tag}\``).join(' and ')} makes: if it was adopted, or run by hand, run \`migrator repair ${there.map((tag) => `--mark-applied ${tag}`).join(' ')}\`.`
        : 'Run `migrator migrate`, then adopt.',
  });
}

function unproven(message: string, cause?: unknown): MigratorError {
  return new MigratorError('generate-unproven', {
    message: `The migration that would adopt the drift is not proven: ${message}`,
    state: 'Nothing was written.',
    fix: 'Write it by hand: `migrator generate --custom <name>`, with what `migrator drift --sql adopt` prints.',
    cause,
  });
}
