import { basename, relative, resolve } from 'node:path';
import {
  type DiagramProject,
  type DiagramSource,
  diagramFiles,
  readDiagram,
  staleFiles,
  writeDiagram,
} from '../../api/diagram.js';
import type { Config } from '../../config/config.js';
import { exitCodes } from '../../errors/catalog.js';
import { MigratorError } from '../../errors/migrator-error.js';
import { plural } from '../../report/text.js';
import { type GlobalOptions, printJson, type Run } from '../command.js';
import type { Io } from '../io.js';
import { loadCommandConfig, startEmbedded } from '../open-project.js';

export interface DiagramFlags {
  readonly from?: DiagramSource;
  readonly since?: string;
  readonly all?: boolean;
  readonly out?: string;
  readonly check?: boolean;
  readonly format: 'mermaid' | 'svg';
  readonly title?: string;
  readonly scratchUrl?: string;
}

export const runDiagram: Run<DiagramFlags> = async (flags, io) => {
  assertTogether(flags);
  const config = await loadCommandConfig(flags, io);
  const { root, migrationsFolder, migrationsSchema, migrationsTable, generate, trashSchema, ignore } = config;
  const project: DiagramProject = {
    ...{ root, migrationsFolder, migrationsSchema, migrationsTable, generate, trashSchema, ignore },
    relativeTo: io.cwd,
  };
  const picture = await readDiagram(project, {
    from: flags.from,
    since: flags.since,
    all: flags.all,
    ...(flags.from === 'database' && { database: await databaseOf(config, flags, io) }),
    scratchUrl: flags.scratchUrl,
    signal: io.signal,
    ...(!flags.json && { onProgress: (message: string) => io.err(`${io.color.dim(message)}\n`) }),
  });
  const files = diagramFiles(picture, flags.title ?? basename(root));
  const counts = { tables: picture.tables.length, foreignKeys: picture.references.length };
  if (flags.out === undefined) {
    if (flags.json) printJson(io, { command: 'diagram', ok: true, ...counts, picture });
    else io.out(files.get(flags.format === 'svg' ? 'schema.svg' : 'schema.mmd') ?? '');
    return exitCodes.ok;
  }
  const folder = resolve(io.cwd, flags.out);
  const changed = flags.check ? staleFiles(folder, files) : writeDiagram(folder, files);
  const paths = changed.map((name) => relative(io.cwd, resolve(folder, name)));
  const isStale = flags.check === true && changed.length > 0;
  if (flags.json)
    printJson(io, { command: 'diagram', ok: !isStale, ...counts, [flags.check ? 'stale' : 'written']: paths });
  else io.out(told(paths, flags, `${plural(counts.tables, 'table')}, ${plural(counts.foreignKeys, 'foreign key')}`));
  return isStale ? exitCodes.notUpToDate : exitCodes.ok;
};

function told(paths: readonly string[], { check, out }: DiagramFlags, counts: string): string {
  if (paths.length === 0) return `The diagram in ${out} is up to date: ${counts}.\n`;
  const list = paths.map((path) => `  ${path}\n`).join('');
  if (!check) return `Written: ${counts}.\n${list}`;
  return `The diagram is not what the schema is now (${counts}):\n${list}Run the same command without \`--check\`, and commit what it writes.\n`;
}

async function databaseOf(config: Config, flags: GlobalOptions, io: Io) {
  return config.credentials ?? (await startEmbedded(config, flags, io)).url;
}

function assertTogether({ check, out, all, since }: DiagramFlags): void {
  const fault =
    check && out === undefined
      ? ['`--check` needs the folder of the diagram.', 'Add `--out docs/schema`.']
      : all && since === undefined
        ? ['`--all` is for a change.', 'Add `--since <revision>`, or leave it out.']
        : undefined;
  if (fault) throw new MigratorError('wrong-usage', { message: fault[0] ?? '', fix: fault[1] ?? '' });
}
