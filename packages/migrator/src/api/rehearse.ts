import { type Classification, phaseFindings } from '../compatibility/index.js';
import type { Finding, Migration } from '../core/types.js';
import type { MigrationsFolder } from '../folder/read-folder.js';
import type { GenerateProject } from '../generate/generate.js';
import { type SchemaAgainstReplay, schemaAgainstReplay } from '../generate/schema-against-replay.js';
import { type LintFinding, type LintSettings, readSuppressions, rules, withoutAllowed } from '../lint/index.js';
import { parkedPatterns } from '../recoverable/index.js';
import { type Blocking, blockingOf, type Rehearsal, rehearsalFindings, type TableSizes } from '../rehearsal/index.js';
import { withScratch } from '../scratch/index.js';
import { parseStatements } from '../sql/parse.js';
import { splitStatements } from '../sql/split.js';
import { groundOf, type RoundTrip, roundTrips, type TwoWayMigration } from '../verify/index.js';

import { prepareSample, type SampleOptions, type SampleReport } from './sample.js';

export interface RehearseOptions {
  /** Tags to rehearse; the others make their ground. */
  readonly tags: ReadonlySet<string>;
  /** Whether the schema is to be compared with what the whole history makes. */
  readonly compareSchema: boolean;
  /** What the lint goes by: it tells of suppressions that nothing answers to. */
  readonly settings: LintSettings;
  readonly rows?: number | undefined;
  readonly sample?: SampleOptions | undefined;
  /** `false`: keep no state, and use none that was kept. */
  readonly cache?: boolean | undefined;
  readonly sizes?: TableSizes | undefined;
  readonly trashSchema?: string | undefined;
  readonly scratchUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  readonly onTrip?: ((trip: RoundTrip, rehearsal: Rehearsal | undefined) => void) | undefined;
}

/** With what others have to wait for, by the sizes of production where they are known. */
export interface JudgedRehearsal extends Rehearsal {
  readonly blocking: readonly Blocking[];
}

export interface RehearseReport {
  readonly trips: readonly RoundTrip[];
  readonly rehearsals: readonly JudgedRehearsal[];
  readonly classifications: readonly Classification[];
  /** Undefined where none was given, or none of the rehearsed migrations comes behind it. */
  readonly sample: SampleReport | undefined;
  /** What the whole history makes, against the schema; undefined where it was not asked for or did not run. */
  readonly schema: SchemaAgainstReplay | undefined;
  readonly findings: readonly Finding[];
  /** Suppressions of what a rehearsal finds, where it found nothing. */
  readonly unusedSuppressions: readonly LintFinding[];
}

const MANY_ROWS = 1000;

/** Every migration up, down and up again on scratch, and what was seen there. Needs `loadParser`. */
export async function rehearseFolder(
  project: GenerateProject,
  { migrations }: MigrationsFolder,
  options: RehearseOptions,
): Promise<RehearseReport> {
  const { scratchUrl: url, signal, onProgress, onTrip, tags, rows } = options;
  let schema: SchemaAgainstReplay | undefined;
  const sample =
    options.sample &&
    (await prepareSample(project, migrations, { sample: options.sample, rehearsed: tags, onProgress }));
  const history = migrations.flatMap(twoWay);
  const kept = options.cache === false ? undefined : groundOf(history, { only: tags, sample });
  // Many rows may be more than the memory has room for.
  const large = sample !== undefined || (rows ?? 0) > MANY_ROWS;
  const report = await withScratch({ url, signal, onProgress, history: kept, large }, (scratch) =>
    roundTrips(scratch, history, {
      only: tags,
      catalog: { ignore: parkedPatterns(options.trashSchema) },
      rows,
      sample,
      onTrip,
      onReplayed: async (database) => {
        if (options.compareSchema) schema = await schemaAgainstReplay(scratch, database, project);
      },
    }),
  );
  const byTag = new Map(migrations.map((migration) => [migration.tag, migration]));
  const measured = report.rehearsals.flatMap((rehearsal) => rehearsalFindings(rehearsal, options.sizes));
  const phases = report.classifications.flatMap((classification) => {
    const path = byTag.get(classification.tag)?.path;
    return path === undefined ? [] : phaseFindings(classification, { path });
  });
  const ran = new Set(report.rehearsals.map(({ tag }) => tag));
  const files = migrations.flatMap(({ tag, path, file }) =>
    file && ran.has(tag) ? [{ tag, path, sql: file.sql }] : [],
  );
  const settled = withoutAllowed([...measured, ...phases], files, options.settings);
  const rehearsals = report.rehearsals.map((rehearsal) => ({
    ...rehearsal,
    blocking: blockingOf(rehearsal, options.sizes),
  }));
  const isWhole = report.findings.every(({ code }) => code !== 'up-fails');
  const unused = isWhole ? (sample?.unused() ?? []) : [];
  return {
    ...report,
    rehearsals,
    schema,
    sample: sample?.report(),
    findings: [...report.findings, ...settled.findings, ...unused],
    unusedSuppressions: settled.unused,
  };
}

/** Rules about the same as a rehearsal sees: that others wait. */
const BLOCKING: ReadonlySet<string> = new Set(
  rules.filter(({ category }) => category === 'blocking' || category === 'lock').map(({ id }) => id),
);

/**
 * Without what the lint has said about the same statement: it has read why, where the rehearsal has only seen that. What a
 * rule was told to be silent about is settled too.
 */
export function withoutTold(
  measured: readonly Finding[],
  lint: readonly LintFinding[],
  migrations: readonly Migration[],
): Finding[] {
  const told = new Set(lint.flatMap(({ tag, at, table }) => (table === undefined ? [] : [`${tag} ${at.line}`])));
  const byTag = new Map(migrations.map((migration) => [migration.tag, migration]));
  return measured.filter(({ code, tag = '', at }) => {
    if (code !== 'rehearsal-blocks') return true;
    const sql = byTag.get(tag)?.file?.sql ?? '';
    const statements = splitStatements(sql);
    const allowed = readSuppressions(sql, statements).some(
      ({ rule, statement }) =>
        BLOCKING.has(rule) && (statement === undefined || statements[statement]?.line === at?.line),
    );
    return !allowed && !told.has(`${tag} ${at?.line}`);
  });
}

export function twoWay({ tag, path, file, down }: Migration): TwoWayMigration[] {
  if (!file) return [];
  const back =
    down && down.irreversible === undefined && parseStatements(down.sql)?.length !== 0
      ? { tag, path: down.path, sql: down.sql }
      : undefined;
  return [{ tag, path, sql: file.sql, down: back }];
}
