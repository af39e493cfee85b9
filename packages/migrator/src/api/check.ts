import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { type ChangesetSettings, readChangesets } from '../changeset/read.js';
import { type ChangesetSuggestion, changesetFindings, suggestChangeset } from '../changeset/suggest.js';
import type { Classification } from '../compatibility/index.js';
import { downPathOf } from '../core/down-path.js';
import type { DownFile, Finding, Migration } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parseJournal } from '../folder/journal.js';
import { type MigrationsFolder, readFolder } from '../folder/read-folder.js';
import { type GenerateProject, pendingChanges } from '../generate/generate.js';
import type { SchemaAgainstReplay } from '../generate/schema-against-replay.js';
import { gradedCodes, type LintFinding } from '../lint/index.js';
import { unsuitableBackfills } from '../plan/backfills.js';
import { unknownPhaseFindings } from '../plan/phases.js';
import { statementFindings } from '../plan/statement-findings.js';
import type { Rehearsal, TableSizes } from '../rehearsal/index.js';
import { loadParser, parseStatements } from '../sql/parse.js';
import type { RoundTrip } from '../verify/index.js';
import { type LintOptions, lintFolder } from './lint.js';
import { trackingOf } from './project.js';
import { needsRebase } from './rebase.js';
import { type JudgedRehearsal, type RehearseReport, rehearseFolder, withoutTold } from './rehearse.js';
import { notCompared, replayFindings, snapshotBehind, snapshotDiffers } from './replay-findings.js';
import type { SampleOptions, SampleReport } from './sample.js';

export interface CheckOptions {
  /** The folder stands alone: that its schema is not known is said. */
  readonly withoutConfig?: boolean | undefined;
  /** A git revision: only migrations that are not in its journal are tried and must have a way back. */
  readonly since?: string | undefined;
  /** Schema that dropped things are parked in. Default `migrator_trash`. */
  readonly trashSchema?: string | undefined;
  /** What the lint goes by; `false` leaves it out. Default: the preset `recommended`. */
  readonly lint?: LintOptions | false | undefined;
  /** Severity of what a rehearsal finds, by its code. Default: the `rules` of `lint`. */
  readonly severities?: LintOptions['rules'];
  /** Made-up rows in each table while a migration is rehearsed. Default 2. */
  readonly rows?: number | undefined;
  /** Rows of a database in their place: a dump. */
  readonly sample?: SampleOptions | undefined;
  /** `false`: do not keep what the migrations before the tried ones make, and use nothing that was kept. Only with an embedded server. */
  readonly cache?: boolean | undefined;
  /** The package whose changeset is suggested. Only with `since`. */
  readonly changeset?: ChangesetSettings | undefined;
  /** How large the tables of production are. Default: those of `lint`. */
  readonly sizes?: TableSizes | undefined;
  /** Leave out what runs SQL. */
  readonly skipRehearsal?: boolean | undefined;
  /** A server to make scratch databases on. Default: an embedded one, gone afterwards. */
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly onTrip?: ((trip: RoundTrip, rehearsal: Rehearsal | undefined) => void) | undefined;
}

export interface CheckReport {
  readonly migrations: number;
  /** Tags that were looked at closely: all, or those since a revision. */
  readonly checked: readonly string[];
  /** Those of the lint come last, the worst of them first. */
  readonly findings: readonly (Finding | LintFinding)[];
  /** The text of each migration, by its path: for reports that show the place. */
  readonly sources: ReadonlyMap<string, string>;
  readonly trips: readonly RoundTrip[];
  /** Where rows of a dump were rehearsed on. */
  readonly sample?: SampleReport;
  /** What each of them did on scratch, statement by statement. */
  readonly rehearsals: readonly JudgedRehearsal[];
  /** What each of them means for the release before it. */
  readonly classifications: readonly Classification[];
  /** With `since` and a package: what the migrations since then mean for its version. */
  readonly changeset?: ChangesetSuggestion;
  /** No finding is an error. */
  readonly ok: boolean;
}

/**
 * The gate of a pull request: faults of the folder, schema against migrations, what the migrations would do to production by their text,
 * and every migration up, down and up again on scratch. Needs no access to any database of yours, and writes nothing.
 */
export async function check(project: GenerateProject, options: CheckOptions = {}): Promise<CheckReport> {
  const folder = readFolder(project.migrationsFolder, {
    relativeTo: project.relativeTo,
    now: Date.now(),
    snapshots: true,
    downs: true,
  });
  await loadParser();
  const checked = options.since === undefined ? folder.migrations : addedSince(project, folder, options.since);
  const tags = new Set(checked.map(({ tag }) => tag));
  const findings: (Finding | LintFinding)[] = [
    ...folder.findings,
    ...statementFindings(checked, trackingOf(project)),
    ...downFindings(checked),
    ...unknownPhaseFindings(checked, 'error'),
    ...unsuitableBackfills(checked, 'error'),
  ];
  const faulty = folder.findings.some(({ severity }) => severity === 'error');
  const inJournal = folder.layout === 'journal';
  const forked = faulty || !inJournal ? [] : await rebaseFindings(project, folder);
  findings.push(...forked);
  if (!inJournal) findings.push(schemaNotCompared(project));
  // What a branch lacks of the other is no change of the schema that would have to be generated.
  else if (!faulty && forked.length === 0 && project.generate.schema.length > 0)
    findings.push(...(await schemaFindings(project)));
  const lint =
    options.lint === false ? [] : lintFolder(folder, project.relativeTo, ({ tag }) => tags.has(tag), options.lint);
  const unused: LintFinding[] = [];
  let rehearsed: RehearseReport | undefined;
  if (!faulty && !options.skipRehearsal && checked.length > 0) {
    const { trashSchema, rows, sample, cache, scratchUrl, signal, onProgress, onTrip } = options;
    rehearsed = await rehearseFolder({ ...project, trashSchema }, folder, {
      tags,
      compareSchema: inJournal && forked.length === 0 && !findings.some(({ code }) => code === 'schema-not-compared'),
      settings:
        options.lint === false ? { preset: 'off' } : { preset: options.lint?.preset, rules: options.lint?.rules },
      rows,
      sample,
      cache,
      sizes: options.sizes ?? (options.lint === false ? undefined : options.lint?.sizes),
      trashSchema,
      scratchUrl,
      signal,
      onProgress,
      onTrip,
    });
    const history = historyOf(folder, options.lint);
    const severities = options.severities ?? (options.lint === false ? undefined : options.lint?.rules);
    findings.push(
      ...withoutTold(rehearsed.findings, lint, folder.migrations)
        .filter(({ tag = '', code }) => !history.has(tag) || !ABOUT_PRODUCTION.has(code))
        .flatMap((finding) => withSeverity(finding, severities)),
    );
    unused.push(...rehearsed.unusedSuppressions.filter(({ tag }) => !history.has(tag)));
    if (rehearsed.schema) tellReplay(findings, rehearsed.schema, project, folder);
  }
  const changeset = changesetOf(project, checked, rehearsed?.classifications ?? [], options);
  if (changeset) {
    const severities = options.severities ?? (options.lint === false ? undefined : options.lint?.rules);
    const missing = changesetFindings(changeset, folder.migrations);
    findings.push(...missing.flatMap((finding) => withSeverity(finding, severities)));
  }
  if (options.withoutConfig) findings.push(noSchema(project));
  findings.push(...lint, ...unused);
  return {
    migrations: folder.migrations.length,
    checked: [...tags],
    findings,
    sources: new Map(folder.migrations.flatMap(({ path, file }) => (file ? [[path, file.sql] as const] : []))),
    trips: rehearsed?.trips ?? [],
    ...(rehearsed?.sample && { sample: rehearsed.sample }),
    rehearsals: rehearsed?.rehearsals ?? [],
    classifications: rehearsed?.classifications ?? [],
    ...(changeset && { changeset }),
    ok: findings.every(({ severity }) => severity !== 'error'),
  };
}

function changesetOf(
  { root, relativeTo }: GenerateProject,
  added: readonly Migration[],
  classifications: readonly Classification[],
  { changeset, since }: CheckOptions,
): ChangesetSuggestion | undefined {
  if (!changeset || since === undefined) return undefined;
  return suggestChangeset(added, classifications, readChangesets(changeset, { root, relativeTo, revision: since }));
}

function isEmpty({ sql }: DownFile): boolean {
  return parseStatements(sql)?.length === 0;
}

/** An empty way back is a question that nobody has answered; none at all is a history older than this. */
function downFindings(migrations: readonly Migration[]): Finding[] {
  const missing = migrations.filter(({ down, file }) => file && !down);
  const [first] = missing;
  return [
    ...migrations.flatMap(({ tag, down }): Finding[] =>
      down && down.irreversible === undefined && isEmpty(down)
        ? [
            {
              code: 'down-empty',
              severity: 'error',
              tag,
              at: { file: down.path },
              message: `The way back of \`${tag}\` is empty.`,
              consequence: '`migrator rollback` refuses it.',
              fix: 'Write the SQL that undoes it, or say why there is none: `-- migrator: irreversible <reason>`.',
            },
          ]
        : [],
    ),
    ...(first
      ? [
          {
            code: 'down-missing',
            severity: 'warning',
            tag: first.tag,
            at: { file: downPathOf(first) },
            message:
              missing.length === 1
                ? `\`${first.tag}\` has no way back.`
                : `${missing.length} migrations have no way back, the first of them \`${first.tag}\`.`,
            consequence: '`migrator rollback` refuses them.',
            fix:
              first.name === undefined
                ? 'Run `migrator generate --down-only`: it writes and proves what is missing.'
                : 'Write `down.sql` beside the `migration.sql`.',
          } as const,
        ]
      : []),
  ];
}

/** Migrations of two branches that stand side by side: each was made without the other. */
async function rebaseFindings(project: GenerateProject, folder: MigrationsFolder): Promise<Finding[]> {
  // A chain of snapshots that cannot be read has findings of its own.
  const moves = await needsRebase(project).catch((error: unknown) => {
    if (error instanceof MigratorError) return [];
    throw error;
  });
  const [first] = moves;
  if (!first) return [];
  const more = moves.length > 1 ? ` and ${moves.length - 1} more` : '';
  return [
    {
      code: 'needs-rebase',
      severity: 'error',
      tag: first.from.tag,
      at: { file: folder.migrations.find(({ tag }) => tag === first.from.tag)?.path ?? shownFolder(project) },
      message: `\`${first.from.tag}\`${more} and migrations of another branch were made side by side, and do not know each other.`,
      consequence:
        'drizzle-kit would generate the changes of one of them again, and skip the older one on databases that have the younger.',
      fix: 'Run `migrator rebase`, and commit what it writes.',
    },
  ];
}

async function schemaFindings(project: GenerateProject): Promise<Finding[]> {
  let statements: readonly string[];
  try {
    statements = await pendingChanges(project);
  } catch (error) {
    // The folder's own findings say what is wrong with its snapshots.
    if (error instanceof MigratorError && ['refused', 'snapshot-unusable'].includes(error.code)) {
      return [notCompared(error, project)];
    }
    throw error;
  }
  const [first] = statements;
  if (first === undefined) return [];
  const more = statements.length > 1 ? ` and ${statements.length - 1} more` : '';
  return [
    {
      code: 'schema-not-generated',
      severity: 'error',
      at: { file: project.generate.schema[0] ?? shownFolder(project) },
      message: `The schema has changes that no migration holds: \`${oneLine(first)}\`${more}.`,
      consequence: 'What is deployed would expect a schema that no database gets.',
      fix: 'Run `migrator generate <name>` and commit what it writes.',
    },
  ];
}

/** Of no interest where production has long been through it. */
const ABOUT_PRODUCTION: ReadonlySet<string> = new Set([
  'rehearsal-blocks',
  'contract-in-expand',
  'contract-without-break',
]);

function withSeverity(finding: Finding, severities: LintOptions['rules'] = {}): Finding[] {
  const wanted = gradedCodes.includes(finding.code) ? severities[finding.code] : undefined;
  return wanted === 'off' ? [] : [wanted ? { ...finding, severity: wanted } : finding];
}

/** Tags of what the lint is told to take as history. */
function historyOf({ migrations }: MigrationsFolder, lint: LintOptions | false | undefined): ReadonlySet<string> {
  const since = lint ? lint.since : undefined;
  const last = migrations.findIndex(({ tag }) => tag === since);
  return new Set(migrations.slice(0, last + 1).map(({ tag }) => tag));
}

/** A schema that the migrations do make, though no snapshot says so, needs another remedy than one that they do not make. */
function tellReplay(
  findings: (Finding | LintFinding)[],
  schema: SchemaAgainstReplay,
  project: GenerateProject,
  { migrations }: MigrationsFolder,
): void {
  const behind = findings.findIndex(({ code }) => code === 'schema-not-generated');
  const newest = migrations.at(-1)?.tag ?? '';
  const { differences, ofSnapshot = [], unknown } = schema;
  if (behind === -1) findings.push(...replayFindings(schema, project));
  else if (differences.length === 0 && !unknown) findings.splice(behind, 1, snapshotBehind(project, newest));
  else if (ofSnapshot.length > 0) findings.splice(behind, 1, snapshotDiffers(ofSnapshot, project, newest));
}

function schemaNotCompared(project: GenerateProject): Finding {
  return {
    code: 'schema-not-compared',
    severity: 'info',
    at: { file: project.generate.schema[0] ?? shownFolder(project) },
    message: 'The schema was not compared with the migrations: the folder is one of drizzle 1.0.',
    fix: 'Run `npx drizzle-kit check` beside this: it compares them.',
  };
}

function noSchema(project: GenerateProject): Finding {
  return {
    code: 'schema-not-compared',
    severity: 'info',
    at: { file: shownFolder(project) },
    message: 'No schema was compared with the migrations: no config names one.',
    fix: 'Name it as `schema` in drizzle.config.ts.',
  };
}

/** As all places of findings are: relative to the working folder. */
function shownFolder({ relativeTo, migrationsFolder }: GenerateProject): string {
  return relative(relativeTo, migrationsFolder) || '.';
}

function oneLine(sql: string): string {
  const line = sql.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** The migrations that the journal of a revision does not list. Throws `wrong-usage` if git does not know the revision. */
export function addedSince(
  { relativeTo }: GenerateProject,
  { directory, layout, migrations }: MigrationsFolder,
  revision: string,
): Migration[] {
  const git = (...args: string[]) => spawnSync('git', ['-C', directory, ...args], { encoding: 'utf8' });
  const known = git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
  if (known.status !== 0) {
    throw new MigratorError('wrong-usage', {
      message: `git knows no revision \`${revision}\` here.`,
      where: directory,
      fix: 'Fetch it (`git fetch origin main`; a shallow clone of CI may lack it), and name it as git does: `--since origin/main`.',
    });
  }
  const commit = known.stdout.trim();
  if (layout === 'folders') {
    const before = new Set(git('ls-tree', '-d', '-z', '--name-only', commit, './').stdout.split('\0'));
    return migrations.filter(({ tag }) => !before.has(tag));
  }
  const journal = git('show', `${commit}:./meta/_journal.json`);
  if (journal.status !== 0) return [...migrations];
  const before = new Set(
    parseJournal(journal.stdout, `${revision}:${join(relativeTo, 'meta/_journal.json')}`).entries.map(
      ({ tag, when }) => `${when} ${tag}`,
    ),
  );
  return migrations.filter(({ tag, when }) => !before.has(`${when} ${tag}`));
}
