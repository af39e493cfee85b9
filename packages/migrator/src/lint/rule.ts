import type { Severity } from '../core/types.js';
import type { SyntaxStatement } from '../sql/split.js';
import type { RuleContext } from './context.js';

/**
 * The smallest set of rules that one is in. `recommended`: what fails, loses data or stops an application. `strict`: besides, what is a matter of
 * taste, of policy or of a moment's lock. `drizzle-kit`: besides `recommended`, what only matters where drizzle-kit applies the files. `none`: only by name.
 */
export type RulePreset = 'recommended' | 'strict' | 'drizzle-kit' | 'none';

/**
 * `blocking`: others wait as long as a table is read or written; the size of the table decides. `failing`: Postgres refuses it, or may.
 * `loss`: data or protection are gone. `compatibility`: running application code breaks. `lock`: a lock that is held for a moment.
 * `practice`: everything else.
 */
export type RuleCategory = 'blocking' | 'failing' | 'loss' | 'compatibility' | 'lock' | 'practice';

/** As `pg_locks.mode` has it. */
export type LockMode =
  | 'AccessShareLock'
  | 'RowShareLock'
  | 'RowExclusiveLock'
  | 'ShareUpdateExclusiveLock'
  | 'ShareLock'
  | 'ShareRowExclusiveLock'
  | 'ExclusiveLock'
  | 'AccessExclusiveLock';

/** What the first bad block of the rule's page does to which relation. A rehearsal measures the same. */
export interface Claims {
  /** The strongest lock on each table. */
  readonly locks?: Readonly<Record<string, LockMode>>;
  /** Tables that are written anew. */
  readonly rewrites?: readonly string[];
  /** Tables whose rows are read. */
  readonly scans?: readonly string[];
  /** SQLSTATE that the block fails with. */
  readonly fails?: string;
}

/** A change of the file that does the same safely: edits inside of the statement, and statements around it, each in a transaction of its own. */
export interface Rewrite {
  /** `at` counts characters from the start of the statement's text. */
  readonly edits: readonly { readonly at: number; readonly length: number; readonly text: string }[];
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

/** A place where a rule applies. */
export interface Match {
  /** What is the case here, as a full sentence. */
  readonly message: string;
  /** Key of the table whose size tells how bad it is. */
  readonly table?: string | undefined;
  /** Bytes from the start of the statement's chunk, as the parser gives them. Default: the statement's start. */
  readonly location?: number | undefined;
  /** Where they differ from those of the rule. */
  readonly severity?: Severity;
  readonly consequence?: string;
  readonly fix?: string;
  readonly rewrite?: Rewrite | undefined;
}

/** Data about a rule, and the one function that finds it. `docs/rules/<id>.md` has the SQL that tests it. */
export interface Rule {
  /** Kebab-case, permanent. */
  readonly id: string;
  /** What is the case, as a full sentence about any statement of the kind. */
  readonly title: string;
  /** Where it is on. */
  readonly severity: Severity;
  readonly preset: RulePreset;
  readonly category: RuleCategory;
  /** What follows if nothing is done. */
  readonly consequence: string;
  /** The safe form. */
  readonly fix: string;
  readonly claims?: Claims;
  /** Major versions of Postgres that it applies to, both included. */
  readonly postgres?: { readonly from?: number; readonly to?: number };
  /** Whether `check --fix` can write the safe form. */
  readonly fixable?: boolean;
  /** Node names of the parser that it wants to see, such as `IndexStmt`; `*` for all. */
  readonly on: readonly string[];
  check(statement: SyntaxStatement, context: RuleContext): readonly Match[];
}

/** Checks the type of a rule, and gives it back. Also for rules of your own, in `migrator.lint.customRules`. */
export function defineRule(rule: Rule): Rule {
  return rule;
}
