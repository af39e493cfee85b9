import type { Migration, Severity } from '../core/types.js';
import { closest } from '../errors/closest.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import { diffSnapshots } from '../generate/diff.js';
import { snapshotAfter } from '../generate/history.js';
import { EMPTY_SNAPSHOT } from '../generate/snapshot.js';
import {
  applyStatement,
  emptySchema,
  fillGaps,
  type LintFile,
  type LintFinding,
  type LintPreset,
  type LintTarget,
  lint,
  lintFiles,
  type Rule,
  type Schema,
  type TableSizes,
} from '../lint/index.js';
import { splitStatements } from '../sql/split.js';

export interface LintOptions {
  /** Default `recommended`. */
  readonly preset?: LintPreset | undefined;
  /** Severity by rule, over the preset. */
  readonly rules?: Readonly<Record<string, Severity | 'off'>> | undefined;
  /** Tag of the last migration that is history: only those behind it are linted. */
  readonly since?: string | undefined;
  /** Postgres that the files are meant for. Default: 15, the oldest that is supported. */
  readonly target?: LintTarget | undefined;
  /** TimeZone of the sessions that apply the files. Default: unknown. */
  readonly timeZone?: string | undefined;
  /** How large the tables are: blocking rules are silent about empty ones, and rank by it. */
  readonly sizes?: TableSizes | undefined;
  /** Rules of the project's own. */
  readonly customRules?: readonly Rule[] | undefined;
}

/** PostgreSQL 14 has ended in November 2026. */
const OLDEST_SUPPORTED: LintTarget = { major: 15 };

/**
 * Looks at the text of the migrations that `isNew` tells, against the schema that all before them have made. Runs no SQL. Throws
 * `unknown-migration` where `since` names none. Needs `loadParser`.
 */
export function lintFolder(
  { migrations, directory, layout }: Pick<MigrationsFolder, 'migrations' | 'directory' | 'layout'>,
  relativeTo: string,
  isNew: (migration: Migration) => boolean,
  options: LintOptions = {},
): LintFinding[] {
  const from = options.since === undefined ? 0 : positionOf(options.since, migrations) + 1;
  const target = options.target ?? OLDEST_SUPPORTED;
  const schema = emptySchema();
  const files = lintFiles(migrations, {
    isLinted: (migration) => migration.position >= from && isNew(migration),
    serverVersion: target.major,
    oneTransaction: options.preset === 'drizzle-kit',
  });
  const snapshotOf = (migration: Migration) =>
    layout === 'journal' ? schemaOfSnapshot(migration, directory, relativeTo) : undefined;
  return lint(withSnapshots(files, migrations, schema, snapshotOf), schema, { ...options, target });
}

function positionOf(tag: string, migrations: readonly Migration[]): number {
  const found = migrations.find((migration) => migration.tag === tag);
  if (found) return found.position;
  const meant = closest(
    tag,
    migrations.map((migration) => migration.tag),
  );
  throw new MigratorError('unknown-migration', {
    message: `\`migrator.lint.since\` names \`${tag}\`, and there is no such migration.`,
    where: 'drizzle.config.ts',
    fix: meant ? `Did you mean \`${meant}\`?` : 'Name the last migration that is history.',
  });
}

/**
 * What the text of the migrations does not make, because they begin with a database that was there (`drizzle-kit pull` writes its schema into a
 * comment), the snapshots tell. One is read behind a file without statements, and one before the first file that is linted.
 */
function* withSnapshots(
  files: Iterable<LintFile>,
  migrations: readonly Migration[],
  schema: Schema,
  snapshotOf: (migration: Migration) => Schema | undefined,
): Generator<LintFile> {
  let before: LintFile | undefined;
  let seeded = false;
  for (const file of files) {
    const firstLinted = file.isLinted && !seeded;
    seeded ||= file.isLinted;
    const previous =
      before && (before.statements.length === 0 || firstLinted) ? migrations[before.position] : undefined;
    const known = previous && snapshotOf(previous);
    if (known) fillGaps(schema, known);
    yield file;
    before = file;
  }
}

/** Undefined where there is no snapshot, or none that can be read: the folder's findings tell that. */
function schemaOfSnapshot(migration: Migration, directory: string, relativeTo: string): Schema | undefined {
  try {
    const snapshot = snapshotAfter(migration, directory, relativeTo);
    if (!snapshot) return undefined;
    const schema = emptySchema();
    const sql = diffSnapshots(EMPTY_SNAPSHOT, snapshot).map((operation) => operation.sql);
    for (const statement of splitStatements(sql.join(';\n')))
      applyStatement(schema, statement, { migration: -1, statement: statement.index });
    return schema;
  } catch (error) {
    if (error instanceof MigratorError) return undefined;
    throw error;
  }
}
