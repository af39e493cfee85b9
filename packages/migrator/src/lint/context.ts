import type { Segment } from '../core/types.js';
import type { SyntaxStatement } from '../sql/split.js';
import type { Schema } from './model/schema.js';

/** Rows and bytes of a table, indexes included, as the planner's statistics have them. */
export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

/** By `schema.name`. */
export type TableSizes = Readonly<Record<string, TableSize>>;

/** The server that the files are meant for. */
export interface LintTarget {
  /** Major version, such as 15. */
  readonly major: number;
  /** Minor release, where it is known. */
  readonly minor?: number;
}

/** A migration as rules see it. */
export interface LintedMigration {
  readonly tag: string;
  readonly path: string;
  readonly when: number;
  readonly position: number;
  readonly statements: readonly SyntaxStatement[];
  /** The transactions that it runs in. */
  readonly segments: readonly Segment[];
  /** It writes BEGIN or COMMIT itself. */
  readonly ownTransactions: boolean;
  /** `-- migrator: phase=contract`: what nobody uses any more is taken away. */
  readonly isContract: boolean;
  /** `-- migrator: backfill`: its statement runs in batches. */
  readonly isBackfill: boolean;
  /** `-- migrator: recoverable`: what it drops is parked. */
  readonly isRecoverable: boolean;
  /** Migrations behind it in the journal that the base of `since` has: it came in between. */
  readonly overtakes: readonly string[];
}

export interface RuleContext {
  /** As the earlier statements have left it; a rule only reads it. */
  readonly schema: Schema;
  readonly migration: LintedMigration;
  readonly target: LintTarget;
  /** The session's TimeZone, where it is known. */
  readonly timeZone: string | undefined;
  /** Who applies the files: drizzle-kit knows one transaction for everything. */
  readonly engine: 'migrator' | 'drizzle-kit';
  readonly sizes: TableSizes | undefined;
  /** Whether this migration has made the table (or materialized view): nobody uses it, and it holds no more than what the migration put there. */
  isNew(table: string): boolean;
  /** The statements of the same migration before and behind the one that is looked at; behind a DO block come those that stand in it. */
  earlier(): readonly SyntaxStatement[];
  later(): readonly SyntaxStatement[];
  /** Those before it in the same transaction. */
  earlierInTransaction(): readonly SyntaxStatement[];
  /** Whether a statement of this migration shares the transaction of the one that is looked at. */
  sharesTransaction(other: SyntaxStatement): boolean;
}

/** `all`: the statements of the migration with those of its DO blocks; `at`: which of them is looked at. */
export function makeContext(
  base: Omit<RuleContext, 'isNew' | 'earlier' | 'later' | 'earlierInTransaction' | 'sharesTransaction'>,
  statement: SyntaxStatement,
  { all, at }: { readonly all: readonly SyntaxStatement[]; readonly at: number },
): RuleContext {
  const { migration, schema } = base;
  const { segments, position } = migration;
  const segment = segments.find(({ from, to }) => from <= statement.index && statement.index < to);
  const isShared = segment?.mode === 'transaction';
  // Many rules ask, and most of them for the same.
  let earlier: readonly SyntaxStatement[] | undefined;
  let later: readonly SyntaxStatement[] | undefined;
  let inTransaction: readonly SyntaxStatement[] | undefined;
  return {
    ...base,
    isNew: (table) => schema.tables.get(table)?.place.migration === position,
    earlier: () => (earlier ??= all.slice(0, at)),
    later: () => (later ??= all.slice(at + 1)),
    earlierInTransaction: () =>
      (inTransaction ??= isShared ? all.slice(0, at).filter(({ index }) => index >= segment.from) : []),
    sharesTransaction: ({ index }) => isShared && segment.from <= index && index < segment.to,
  };
}
