import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import type { Snapshot } from '../../src/generate/snapshot.js';
import { type CliRun, runCli } from '../setup/cli.js';
import { makeDrizzleFolder } from '../setup/drizzle-kit.js';
import { writeFiles } from '../setup/project.js';

export interface Repository {
  readonly root: string;
  /** Runs git; it must succeed. Gives what it prints. */
  git(...args: string[]): string;
  /** The same, where it may stop at a conflict. */
  tryGit(...args: string[]): boolean;
  write(files: Readonly<Record<string, unknown>>): void;
  read(path: string): string;
  remove(path: string): void;
  /** A command of migrator, on the test server where it needs scratch databases. */
  run(...argv: string[]): Promise<CliRun>;
  /** Writes files, generates what they changed, and commits all of it. */
  generate(name: string, files: Readonly<Record<string, unknown>>, ...flags: string[]): Promise<void>;
  /** An empty pair filled with SQL. */
  custom(name: string, up: string, down: string): Promise<void>;
  commit(message: string): void;
  /** Tags in the order of the journal. */
  tags(): string[];
  journal(): { readonly idx: number; readonly when: number; readonly tag: string }[];
  snapshot(prefix: string): Snapshot;
}

const SCRATCH = new Set(['generate', 'check', 'rebase']);

/** A project with a schema of one table per file, in a git repository of its own, on the branch `main`. */
export async function makeRepository(schema: Readonly<Record<string, string>> = {}): Promise<Repository> {
  const root = makeDrizzleFolder();
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_EDITOR: 'true',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
  };
  const spawnGit = (args: readonly string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8', env });
  const repository: Repository = {
    root,
    git: (...args) => {
      const { status, stdout, stderr } = spawnGit(args);
      expect([args, status, stderr, stdout]).toEqual([args, 0, expect.anything(), expect.anything()]);
      return stdout;
    },
    tryGit: (...args) => spawnGit(args).status === 0,
    write: (files) => writeFiles(root, files),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    run: (...argv) =>
      runCli(root, ...argv, ...(SCRATCH.has(argv[0] ?? '') ? ['--scratch-url', inject('serverUrl')] : [])),
    generate: async (name, files, ...flags) => {
      writeFiles(root, files);
      const { exitCode, out, err } = await repository.run('generate', name, ...flags);
      expect([exitCode, out + err]).toEqual([0, expect.stringContaining(name)]);
      repository.commit(name);
    },
    custom: async (name, up, down) => {
      expect((await repository.run('generate', name, '--custom')).exitCode).toBe(0);
      const tag = repository.tags().at(-1);
      writeFiles(root, { [`drizzle/${tag}.sql`]: up, [`drizzle/${tag}.down.sql`]: down });
      repository.commit(name);
    },
    commit: (message) => {
      repository.git('add', '-A');
      repository.git('commit', '-qm', message);
    },
    tags: () => repository.journal().map(({ tag }) => tag),
    journal: () => JSON.parse(repository.read('drizzle/meta/_journal.json')).entries,
    snapshot: (prefix) => JSON.parse(repository.read(`drizzle/meta/${prefix}_snapshot.json`)),
  };
  writeFiles(root, {
    '.gitignore': 'node_modules\n',
    'drizzle.config.json': { dialect: 'postgresql', schema: './schema', out: './drizzle' },
    ...schema,
  });
  repository.git('init', '-q', '-b', 'main');
  return repository;
}

/** A schema file with one table. `columns`: as in schema.ts, without the id. */
export function tableFile(name: string, ...columns: string[]): Record<string, string> {
  return {
    [`schema/${name}.ts`]: `import { boolean, integer, pgEnum, pgTable, text, varchar } from 'drizzle-orm/pg-core';
export const ${name} = pgTable('${name}', {
  id: integer().primaryKey(),
${columns.map((column) => `  ${column},\n`).join('')}});\n`,
  };
}
