import type { Migration } from '../core/types.js';
import { readDirectives } from '../sql/directives.js';
import { splitStatements } from '../sql/split.js';
import { segmentStatements } from '../sql/transactions.js';
import type { LintFile } from './lint.js';

/** Syntax trees are a hundred times as large as their text: each is made when its turn comes, and dropped behind it. */
export function* lintFiles(
  migrations: readonly Migration[],
  options: {
    readonly isLinted: (migration: Migration) => boolean;
    readonly serverVersion: number;
    /** drizzle-kit runs everything in one transaction. */
    readonly oneTransaction: boolean;
  },
): Generator<LintFile> {
  const known = migrations.filter((migration) => !options.isLinted(migration));
  for (const migration of migrations) {
    const { file, tag, path, when, position } = migration;
    if (!file) continue;
    const directives = readDirectives(file.sql);
    const statements = splitStatements(file.sql);
    const cut = segmentStatements(statements, {
      noTransaction: directives.noTransaction,
      serverVersion: options.serverVersion,
    });
    const isLinted = options.isLinted(migration);
    yield {
      tag,
      path,
      when,
      position,
      sql: file.sql,
      statements,
      segments:
        options.oneTransaction && !cut.ownTransactions
          ? [{ mode: 'transaction', from: 0, to: statements.length }]
          : cut.segments,
      ownTransactions: cut.ownTransactions,
      isContract: directives.phase === 'contract',
      isBackfill: directives.backfill !== undefined,
      isRecoverable: directives.recoverable,
      overtakes: isLinted ? known.filter((other) => other.position > position).map((other) => other.tag) : [],
      isLinted,
    };
  }
}
