import type { Finding, FindingCode, Severity } from '../core/types.js';
import { closest } from '../errors/closest.js';
import { readDoBlock } from '../sql/do-block.js';
import type { SyntaxStatement } from '../sql/split.js';
import { type LintedMigration, type LintTarget, makeContext, type RuleContext, type TableSizes } from './context.js';
import { placeOf } from './location.js';
import { applyStatement } from './model/apply.js';
import type { Schema } from './model/schema.js';
import type { Match, Rewrite, Rule } from './rule.js';
import { allowWithoutReason } from './rules/allow-without-reason.js';
import { rules as ownRules } from './rules/index.js';
import { unknownSuppression } from './rules/unknown-suppression.js';
import { unusedSuppression } from './rules/unused-suppression.js';
import { type LintSettings, measuredCodes, severityOf } from './settings.js';
import { describeSize, severityBySize } from './sizes.js';
import { readSuppressions, type Suppression } from './suppressions.js';

/** A migration to look at, and its text. */
export interface LintFile extends LintedMigration {
  readonly sql: string;
  /** False: it only shapes the schema that the others meet. */
  readonly isLinted: boolean;
}

export interface LintOptions extends LintSettings {
  readonly target: LintTarget;
  readonly timeZone?: string | undefined;
  readonly sizes?: TableSizes | undefined;
  readonly customRules?: readonly Rule[] | undefined;
}

/** A finding of a rule; its code is the rule's id. */
export interface LintFinding extends Finding<string> {
  readonly tag: string;
  readonly at: { readonly file: string; readonly line: number; readonly column: number };
  /** `docs/rules/<id>.md`; none for rules of the project's own. */
  readonly docs?: string;
  /** The table that it is about, where its size counts, and that size. */
  readonly table?: string;
  readonly bytes?: number;
  /** Index of the statement in its file. */
  readonly statement?: number;
  /** How `check --fix` would mend it. */
  readonly rewrite?: Rewrite;
}

/**
 * Looks at migrations in their order, against the schema that those before them have made; `schema` is changed on the way. The worst
 * comes first, then the largest table, then the order of the files.
 */
export function lint(files: Iterable<LintFile>, schema: Schema, options: LintOptions): LintFinding[] {
  const active = activeRules(options);
  const findings: LintFinding[] = [];
  for (const file of files) {
    if (file.isLinted) findings.push(...lintFile(file, schema, active, options));
    else
      for (const statement of file.statements.flatMap((each) => withInner(each, file))) apply(schema, statement, file);
  }
  const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity] || (b.bytes ?? 0) - (a.bytes ?? 0));
}

function apply(schema: Schema, statement: SyntaxStatement, { position }: LintFile): void {
  applyStatement(schema, statement, { migration: position, statement: statement.index });
}

/** A statement, and those that stand in it if it is a DO block. */
function withInner(statement: SyntaxStatement, { sql }: LintFile): SyntaxStatement[] {
  if (statement.kind !== 'DoStmt') return [statement];
  return [statement, ...readDoBlock(sql, statement).statements];
}

interface ActiveRules {
  readonly all: readonly Rule[];
  /** Those that want to see a kind of statement. */
  of(kind: string): readonly Rule[];
  /** Those that want to see this kind, and not all. */
  on(kind: string): readonly Rule[];
}

function activeRules(options: LintOptions): ActiveRules {
  const { major } = options.target;
  const all = [...ownRules, ...(options.customRules ?? [])];
  const on = all.filter(
    (rule) =>
      severityOf(rule, options) !== undefined &&
      major >= (rule.postgres?.from ?? 0) &&
      major <= (rule.postgres?.to ?? Number.POSITIVE_INFINITY),
  );
  const byKind = new Map<string, readonly Rule[]>();
  const of = (kind: string) => {
    const known = byKind.get(kind) ?? on.filter((rule) => rule.on.includes(kind) || rule.on.includes('*'));
    byKind.set(kind, known);
    return known;
  };
  return { all, of, on: (kind) => of(kind).filter((rule) => rule.on.includes(kind)) };
}

function lintFile(file: LintFile, schema: Schema, active: ActiveRules, options: LintOptions): LintFinding[] {
  const base = {
    schema,
    migration: file,
    target: options.target,
    timeZone: options.timeZone,
    engine: options.preset === 'drizzle-kit' ? 'drizzle-kit' : 'migrator',
    sizes: options.sizes,
  } satisfies Partial<RuleContext>;
  const suppressions = readSuppressions(file.sql, file.statements);
  const used = new Set<Suppression>();
  const findings: LintFinding[] = [];
  const all = file.statements.flatMap((each) => withInner(each, file));
  for (const [at, statement] of all.entries()) {
    const isInner = file.statements[statement.index] !== statement;
    const rules = isInner ? active.on(statement.kind) : active.of(statement.kind);
    const context = rules.length > 0 ? makeContext(base, statement, { all, at }) : undefined;
    for (const rule of rules) {
      if (!context) break;
      const found = rule
        .check(statement, context)
        // What the block is around must stay around what is rewritten.
        .map((match) => (isInner ? { ...match, rewrite: undefined } : match))
        .flatMap((match) => findingOf(rule, match, statement, file, options) ?? []);
      if (found.length === 0) continue;
      const silencing = suppressions.filter(
        (entry) => entry.rule === rule.id && (entry.statement ?? statement.index) === statement.index,
      );
      for (const suppression of silencing) used.add(suppression);
      if (silencing.length === 0) findings.push(...found);
    }
    apply(schema, statement, file);
  }
  return [...findings, ...suppressionFindings(file, suppressions, used, active, options)];
}

function findingOf(
  rule: Rule,
  match: Match,
  statement: SyntaxStatement | undefined,
  file: LintFile,
  options: LintOptions,
  offset?: number,
): LintFinding | undefined {
  const wanted = severityOf(rule, options);
  if (!wanted) return undefined;
  const size = match.table === undefined ? undefined : options.sizes?.[match.table];
  const given = wanted.chosen ? wanted.severity : (match.severity ?? wanted.severity);
  const severity = rule.category === 'blocking' ? severityBySize(given, size) : given;
  if (!severity) return undefined;
  return {
    code: rule.id,
    severity,
    tag: file.tag,
    at: { file: file.path, ...placeOf(file.sql, statement, match.location, offset) },
    message: size ? `${match.message.replace(/\.$/, '')} (${describeSize(size)}).` : match.message,
    consequence: match.consequence ?? rule.consequence,
    fix: match.fix ?? rule.fix,
    ...(ownRules.includes(rule) && { docs: `docs/rules/${rule.id}.md` }),
    ...(match.table !== undefined && { table: match.table }),
    ...(size && { bytes: size.bytes }),
    ...(statement && { statement: statement.index }),
    ...(match.rewrite && { rewrite: match.rewrite }),
  };
}

/** A suppression must name a rule and a reason, and there must be something for it to suppress. */
function suppressionFindings(
  file: LintFile,
  suppressions: readonly Suppression[],
  used: ReadonlySet<Suppression>,
  { all }: ActiveRules,
  options: LintOptions,
): LintFinding[] {
  return suppressions.flatMap((suppression) => {
    const { rule: id, reason, offset } = suppression;
    const tell = (rule: Rule, match: Match) => findingOf(rule, match, undefined, file, options, offset) ?? [];
    const known = all.find((rule) => rule.id === id);
    if (measuredCodes.includes(id as FindingCode)) {
      return reason ? [] : tell(allowWithoutReason, { message: `The suppression of \`${id}\` has no reason.` });
    }
    if (!known) {
      const meant = closest(
        id,
        all.map((rule) => rule.id),
      );
      return tell(unknownSuppression, {
        message: id
          ? `There is no rule \`${id}\`${meant ? `; did you mean \`${meant}\`?` : '.'}`
          : 'The suppression names no rule.',
      });
    }
    const without = reason ? [] : tell(allowWithoutReason, { message: `The suppression of \`${id}\` has no reason.` });
    // A rule that is off here may be on elsewhere.
    const unused =
      used.has(suppression) || !severityOf(known, options)
        ? []
        : tell(unusedSuppression, { message: `\`${id}\` finds nothing here: the suppression is for nothing.` });
    return [without, unused].flat();
  });
}
