import { checkGenerated, type GenerateProject, generate, generateDowns } from '../../api/generate.js';
import type { Phase } from '../../core/types.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { downsJson, generateJson, pendingJson } from '../../report/generate-json.js';
import { renderDowns, renderGenerated, renderPending } from '../../report/generate-text.js';
import { askName, askRename } from '../ask.js';
import { type GlobalOptions, printJson } from '../command.js';
import type { Io } from '../io.js';
import { loadCommandConfig } from '../open-project.js';

export interface GenerateFlags extends GlobalOptions {
  readonly name?: string | undefined;
  readonly rename?: readonly string[];
  /** False for `--no-renames`. */
  readonly renames?: boolean;
  readonly plain?: boolean;
  readonly custom?: boolean;
  readonly phase?: Phase;
  readonly check?: boolean;
  readonly downOnly?: boolean;
  readonly dryRun?: boolean;
  readonly scratchUrl?: string;
}

export async function runGenerate(flags: GenerateFlags, io: Io): Promise<number> {
  assertTogether(flags);
  const config = await loadCommandConfig(flags, io);
  const project: GenerateProject = {
    root: config.root,
    migrationsFolder: config.migrationsFolder,
    relativeTo: io.cwd,
    generate: config.generate,
    trashSchema: config.trashSchema,
  };
  const onProgress = flags.json ? undefined : (message: string) => io.err(`${io.color.dim(message)}\n`);
  const scratch = { scratchUrl: flags.scratchUrl, signal: io.signal, onProgress };
  if (flags.check) {
    const statements = await checkGenerated(project);
    if (flags.json) printJson(io, pendingJson(statements));
    else io.out(renderPending(statements, io.color));
    return statements.length > 0 ? exitCodes.notUpToDate : exitCodes.ok;
  }
  if (flags.downOnly) {
    const result = await generateDowns(project, { ...scratch, dryRun: flags.dryRun });
    if (flags.json) printJson(io, downsJson(result));
    else io.out(renderDowns(result, io.color));
    return exitCodes.ok;
  }
  const asks = io.canAsk && !flags.json;
  const result = await generate(project, {
    ...scratch,
    name: flags.name,
    renames: flags.rename,
    noRenames: flags.renames === false,
    plain: flags.plain,
    custom: flags.custom,
    phase: flags.phase,
    dryRun: flags.dryRun,
    ...(asks && { askName, askRename }),
  });
  if (flags.json) printJson(io, generateJson(result));
  else io.out(renderGenerated(result, io.color));
  return exitCodes.ok;
}

function assertTogether(flags: GenerateFlags): void {
  const modes = [flags.check && '--check', flags.downOnly && '--down-only', flags.custom && '--custom'].filter(
    (mode) => typeof mode === 'string',
  );
  if (modes.length > 1) {
    throw new MigratorError('wrong-usage', {
      message: `${modes.join(' and ')} exclude each other.`,
      fix: 'Give one of them.',
    });
  }
  if (flags.phase && (flags.check || flags.downOnly)) {
    throw new MigratorError('wrong-usage', {
      message: `--phase says what a new migration is; with ${modes[0]} none is written.`,
      fix: 'Leave it out.',
    });
  }
}
