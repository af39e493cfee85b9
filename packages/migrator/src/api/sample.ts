import { basename, resolve } from 'node:path';
import type { Finding, Migration } from '../core/types.js';
import { LOG_TABLE } from '../database/tracking.js';
import { closest } from '../errors/closest.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { GenerateProject } from '../generate/generate.js';
import {
  describePlace,
  fitSample,
  type LoadedSample,
  loadSample,
  placeSample,
  type SampleFile,
  surveyDump,
} from '../sample-dump/index.js';
import type { ScratchDatabase } from '../scratch/index.js';
import { trackingOf } from './project.js';

export interface SampleOptions {
  /** A plain-text dump of data, as `pg_dump --data-only` writes it; may be gzip'ed. Relative to the working folder. */
  readonly file: string;
  /** The migration that the dumped database had last. Default: what the dumped tracking table says, else the one before the first that is rehearsed. */
  readonly at?: string | undefined;
}

/** What was rehearsed on, instead of made-up rows. */
export interface SampleReport extends LoadedSample {
  /** As it was given. */
  readonly file: string;
  /** The migration whose state the rows were loaded into; null for the empty database. */
  readonly after: string | null;
  /** How that was found. */
  readonly by: 'option' | 'tracking' | 'default';
}

export interface PreparedSample {
  readonly after: string | undefined;
  readonly load: (database: ScratchDatabase) => Promise<void>;
  /** Undefined until it is loaded. */
  readonly report: () => SampleReport | undefined;
  /** That no rehearsed migration comes behind its state. */
  readonly unused: () => Finding[];
}

/** Reads what a sample is about, and where it belongs. Throws `sample-unreadable` and `unknown-migration`. */
export async function prepareSample(
  project: GenerateProject,
  migrations: readonly Migration[],
  {
    sample,
    rehearsed,
    onProgress,
  }: {
    readonly sample: SampleOptions;
    readonly rehearsed: ReadonlySet<string>;
    readonly onProgress?: ((message: string) => void) | undefined;
  },
): Promise<PreparedSample> {
  const file: SampleFile = { path: resolve(project.relativeTo, sample.file), name: sample.file };
  if (sample.at !== undefined && !migrations.some(({ tag }) => tag === sample.at))
    throw unknownTag(sample.at, migrations);
  onProgress?.(`Reading ${basename(file.path)}.`);
  const tracking = trackingOf(project);
  const survey = await surveyDump(file, { ...tracking, log: LOG_TABLE });
  const place = placeSample(migrations, { at: sample.at, dumped: survey.migrations, rehearsed });
  const passedOver = project.trashSchema ?? 'migrator_trash';
  let report: SampleReport | undefined;
  return {
    after: place.after,
    load: async ({ session }) => {
      onProgress?.(`Loading ${basename(file.path)} into ${describePlace(place)}.`);
      const fit = await fitSample(session, survey, { file, place, passedOver });
      const loaded = await loadSample(session, fit, { file, place });
      report = { file: sample.file, after: place.after ?? null, by: place.by, ...loaded };
    },
    report: () => report,
    unused: () => (report ? [] : [unused(sample.file, describePlace(place))]),
  };
}

function unused(file: string, place: string): Finding {
  return {
    code: 'sample-unused',
    severity: 'warning',
    at: { file },
    message: `The sample was not used: it belongs to ${place}, and no migration behind that was rehearsed.`,
    consequence: 'What was rehearsed met made-up rows only.',
    fix: 'Say with `--sample-at TAG` which migration the dumped database had last, or rehearse more with an older `--since`.',
  };
}

function unknownTag(tag: string, migrations: readonly Migration[]): MigratorError {
  const tags = migrations.map((migration) => migration.tag);
  const meant = closest(tag, tags);
  return new MigratorError('unknown-migration', {
    message: `\`--sample-at\` names \`${tag}\`, and there is no such migration.`,
    state: 'Nothing was run.',
    fix: meant ? `Did you mean \`${meant}\`?` : `Give a tag of the folder; the newest is \`${tags.at(-1)}\`.`,
  });
}
