import type { FindingCode, Severity } from '../core/types.js';
import type { Rule, RulePreset } from './rule.js';

/** What can be chosen: `drizzle-kit` is for folders that drizzle-kit applies. */
export type LintPreset = 'recommended' | 'strict' | 'drizzle-kit' | 'off';

export const lintPresets: readonly LintPreset[] = ['recommended', 'strict', 'drizzle-kit', 'off'];

export const ruleSeverities = ['error', 'warning', 'info', 'off'] as const;

export interface LintSettings {
  readonly preset?: LintPreset | undefined;
  /** Severity by rule, over the preset. */
  readonly rules?: Readonly<Record<string, Severity | 'off'>> | undefined;
}

/** What a rehearsal finds: whether it is there, the text does not tell, but settings and suppressions are the same as for a rule. */
export const measuredCodes: readonly FindingCode[] = [
  'rehearsal-blocks',
  'contract-in-expand',
  'contract-without-break',
  'invalid-index-left',
];

/** What `check` finds and whose severity is set as that of a rule. */
export const gradedCodes: readonly FindingCode[] = [...measuredCodes, 'changeset-missing'];

const HOLDS: Readonly<Record<LintPreset, readonly RulePreset[]>> = {
  recommended: ['recommended'],
  strict: ['recommended', 'strict'],
  'drizzle-kit': ['recommended', 'drizzle-kit'],
  off: [],
};

/** The severity of a rule under some settings; undefined where it is off. `chosen`: the settings name it, so that its findings keep to it. */
export function severityOf(
  rule: Pick<Rule, 'id' | 'preset' | 'severity'>,
  { preset = 'recommended', rules = {} }: LintSettings,
): { readonly severity: Severity; readonly chosen: boolean } | undefined {
  const chosen = rules[rule.id];
  if (chosen === 'off') return undefined;
  if (chosen) return { severity: chosen, chosen: true };
  return HOLDS[preset].includes(rule.preset) ? { severity: rule.severity, chosen: false } : undefined;
}
