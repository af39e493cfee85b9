export type { LintedMigration, LintTarget, RuleContext, TableSize, TableSizes } from './context.js';
export { lintFiles } from './files.js';
export { type FixedText, fixText } from './fix.js';
export { type LintFile, type LintFinding, type LintOptions, lint } from './lint.js';
export { applyStatement } from './model/apply.js';
export { emptySchema, fillGaps, type Schema } from './model/schema.js';
export { type Claims, defineRule, type LockMode, type Match, type Rewrite, type Rule } from './rule.js';
export { rules } from './rules/index.js';
export { type LintPreset, type LintSettings, lintPresets, ruleSeverities } from './settings.js';
