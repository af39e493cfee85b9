import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CheckReport, check } from '../../api/check.js';
import { type FixReport, fixMigrations } from '../../api/fix.js';
import type { LintOptions } from '../../api/lint.js';
import type { SampleOptions } from '../../api/sample.js';
import { readTableSizesFile, type TableSizes, tableSizesOf, writeTableSizes } from '../../api/table-sizes.js';
import { type Config, projectOf } from '../../config/config.js';
import { ruleFault, targetOf } from '../../config/lint-config.js';
import type { Severity } from '../../core/types.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { type LintPreset, lintPresets } from '../../lint/index.js';
import { renderCheck, renderLocks, renderTrip } from '../../report/check.js';
import { renderFix } from '../../report/fix.js';
import { renderGithub } from '../../report/github.js';
import { renderHtml } from '../../report/html/page.js';
import { checkJson } from '../../report/json.js';
import { renderMarkdown } from '../../report/markdown.js';
import { sarif } from '../../report/sarif.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { loadCommandConfig } from '../open-project.js';
import { pathInRepository } from '../repository.js';
import { writePage } from '../write-page.js';

export interface CheckFlags {
  readonly since?: string;
  readonly skipRehearsal?: boolean;
  readonly skipLint?: boolean;
  readonly rows?: string;
  readonly cache?: boolean;
  readonly sample?: string;
  readonly sampleAt?: string;
  readonly html?: string;
  readonly scratchUrl?: string;
  readonly format?: CheckFormat;
  readonly preset?: string;
  readonly rule?: readonly string[];
  readonly targetVersion?: string;
  readonly stats?: string;
  readonly statsFrom?: string;
  readonly statsOut?: string;
  readonly fix?: boolean;
}

export const checkFormats = ['text', 'json', 'github', 'sarif', 'markdown'] as const;

export type CheckFormat = (typeof checkFormats)[number];

export const runCheck: Run<CheckFlags> = async (flags, io) => {
  const format = flags.json ? 'json' : (flags.format ?? 'text');
  const config = await loadCommandConfig(flags, io, { folderAlone: true });
  const { root, migrationsFolder, migrationsSchema, migrationsTable, generate, trashSchema } = config;
  const project = { root, migrationsFolder, migrationsSchema, migrationsTable, relativeTo: io.cwd, generate };
  const settings = await lintOptions(flags, config, io);
  const lint = flags.skipLint ? false : settings;
  const fixed = flags.fix ? await fix(flags, config, lint || undefined, io) : undefined;
  if (fixed && format === 'text') io.out(renderFix(fixed, io.color));
  const rows = rowsOf(flags.rows);
  const report = await check(project, {
    since: flags.since,
    skipRehearsal: flags.skipRehearsal,
    scratchUrl: flags.scratchUrl,
    withoutConfig: config.isDefault,
    trashSchema,
    lint,
    changeset: config.changeset,
    rows,
    sample: sampleOf(flags),
    cache: flags.cache,
    severities: settings.rules,
    sizes: settings.sizes,
    signal: io.signal,
    ...(format === 'text' && {
      onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`),
      onTrip: (trip, rehearsal) =>
        io.out(renderTrip(trip, io.color) + (rehearsal ? renderLocks(rehearsal, io.color) : '')),
    }),
  });
  if (flags.html !== undefined) writePage(resolve(io.cwd, flags.html), renderHtml(report));
  print(report, format, io, fixed);
  return report.ok ? exitCodes.ok : exitCodes.refused;
};

function fix(
  flags: CheckFlags & GlobalOptions,
  config: Config,
  lint: LintOptions | undefined,
  io: Io,
): Promise<FixReport> {
  const { root, generate, credentials } = config;
  // Only a database that was named: the configured one may be a development database that lacks what others have.
  const database = flags.url === undefined ? undefined : credentials;
  return fixMigrations(
    { ...projectOf(config, credentials ?? '', io.cwd), root, relativeTo: io.cwd, generate },
    {
      since: flags.since,
      database,
      lint,
      scratchUrl: flags.scratchUrl,
      signal: io.signal,
      ...(!flags.json && { onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`) }),
    },
  );
}

function sampleOf({ sample, sampleAt }: CheckFlags): SampleOptions | undefined {
  if (sample !== undefined) return { file: sample, at: sampleAt };
  if (sampleAt === undefined) return undefined;
  throw new MigratorError('wrong-usage', {
    message: '`--sample-at` says what a sample was taken behind, and there is no `--sample`.',
    fix: 'Add `--sample FILE`.',
  });
}

const MOST_ROWS = 100_000;

function rowsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const rows = Number(given);
  if (/^\d+$/.test(given) && rows >= 1 && rows <= MOST_ROWS) return rows;
  throw new MigratorError('wrong-usage', {
    message: `\`--rows ${given}\` is not a number of rows.`,
    fix: `Give a whole number from 1 to ${MOST_ROWS}, such as \`--rows 1000\`.`,
  });
}

/** In GitHub Actions the text comes with annotations and a step summary, without being asked for. */
function print(report: CheckReport, format: CheckFormat, io: Io, fixed?: FixReport): void {
  const prefix = pathInRepository(io.cwd, io.env);
  switch (format) {
    case 'json':
      printJson(io, checkJson(report, fixed));
      return;
    case 'sarif':
      printJson(io, sarif(report, prefix));
      return;
    case 'github':
      io.out(renderGithub(report, prefix));
      break;
    case 'markdown':
      io.out(renderMarkdown(report));
      return;
    case 'text':
      io.out(renderCheck(report, io.color));
      if (io.env.GITHUB_ACTIONS !== 'true') return;
      io.out(renderGithub({ findings: report.findings.filter(({ severity }) => severity !== 'info') }, prefix));
  }
  const summary = io.env.GITHUB_STEP_SUMMARY;
  if (!summary) return;
  try {
    appendFileSync(summary, renderMarkdown(report));
  } catch (error) {
    io.err(`The step summary cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function lintOptions(flags: CheckFlags, { lint }: Config, io: Io) {
  const faults: string[] = [];
  const target = targetOf(flags.targetVersion, faults, '--target-version') ?? lint.target;
  const rules: Record<string, Severity | 'off'> = { ...lint.rules };
  for (const given of flags.rule ?? []) {
    const [id = '', severity = ''] = given.split('=');
    const fault = ruleFault(id, severity, lint.customRules);
    if (fault) faults.push(`\`--rule ${given}\`: ${fault}`);
    else rules[id] = severity as Severity | 'off';
  }
  if (flags.preset !== undefined && !lintPresets.includes(flags.preset as LintPreset))
    faults.push(`\`--preset\` must be one of ${lintPresets.join(', ')}.`);
  if (faults.length > 0) {
    throw new MigratorError('wrong-usage', {
      message: faults.join(' '),
      fix: 'docs/rules/README.md lists the rules, their presets and severities.',
    });
  }
  const { since, timeZone, customRules } = lint;
  const preset = (flags.preset as LintPreset | undefined) ?? lint.preset;
  return { preset, rules, since, target, timeZone, customRules, sizes: await sizesOf(flags, lint.stats, io) };
}

/** From a live database, from a file, or none. */
async function sizesOf(flags: CheckFlags, configured: string | undefined, io: Io): Promise<TableSizes | undefined> {
  if (flags.statsOut !== undefined && flags.statsFrom === undefined) {
    throw new MigratorError('wrong-usage', {
      message: '`--stats-out` needs a database to read.',
      fix: 'Add `--stats-from URL`.',
    });
  }
  const sizes = flags.statsFrom === undefined ? undefined : await tableSizesOf(flags.statsFrom, io.signal);
  if (sizes && flags.statsOut !== undefined) writeTableSizes(resolve(io.cwd, flags.statsOut), sizes);
  if (sizes) return sizes;
  const file = flags.stats === undefined ? configured : resolve(io.cwd, flags.stats);
  return file === undefined ? undefined : readTableSizesFile(file);
}
