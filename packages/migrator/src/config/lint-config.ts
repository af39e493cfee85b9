import { resolve } from 'node:path';
import type { Severity } from '../core/types.js';
import { closest } from '../errors/closest.js';
import {
  gradedCodes,
  type LintPreset,
  type LintTarget,
  lintPresets,
  type Rule,
  ruleSeverities,
  rules,
} from '../lint/index.js';

/** `migrator.lint` and `migrator.postgresVersion` of drizzle.config.ts, checked. */
export interface LintConfig {
  readonly preset?: LintPreset;
  readonly rules: Readonly<Record<string, Severity | 'off'>>;
  /** Tag of the last migration that is history: only those behind it are linted. */
  readonly since?: string;
  readonly timeZone?: string;
  /** Absolute path of the file of table sizes. */
  readonly stats?: string;
  readonly customRules: readonly Rule[];
  readonly target?: LintTarget;
}

const FIELDS = ['preset', 'rules', 'since', 'timeZone', 'stats', 'customRules'];

/** Reads what the config says; adds a sentence to `faults` for each thing that is wrong with it. */
export function lintConfig(
  raw: unknown,
  {
    postgresVersion,
    root,
    faults,
  }: { readonly postgresVersion: unknown; readonly root: string; readonly faults: string[] },
): LintConfig {
  const target = targetOf(postgresVersion, faults);
  if (raw !== undefined && !isRecord(raw)) {
    faults.push('`migrator.lint` must be an object.');
    return { rules: {}, customRules: [] };
  }
  const given = raw ?? {};
  for (const field of Object.keys(given)) {
    if (FIELDS.includes(field)) continue;
    const meant = closest(field, FIELDS);
    faults.push(
      `\`migrator.lint.${field}\` is no known field; ${meant ? `did you mean \`${meant}\`?` : `there are ${list(FIELDS)}.`}`,
    );
  }
  const text = (name: 'since' | 'timeZone' | 'stats'): string | undefined => {
    const value = given[name];
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    faults.push(`\`migrator.lint.${name}\` must be a string that is not empty.`);
    return undefined;
  };
  const preset = given.preset;
  if (preset !== undefined && !lintPresets.includes(preset as LintPreset))
    faults.push(`\`migrator.lint.preset\` must be one of ${list(lintPresets)}.`);
  const customRules = customRulesOf(given.customRules, faults);
  const [since, timeZone, stats] = [text('since'), text('timeZone'), text('stats')];
  return {
    ...(preset !== undefined && { preset: preset as LintPreset }),
    rules: rulesOf(given.rules, customRules, faults),
    customRules,
    ...(since !== undefined && { since }),
    ...(timeZone !== undefined && { timeZone }),
    ...(stats !== undefined && { stats: resolve(root, stats) }),
    ...(target && { target }),
  };
}

function rulesOf(raw: unknown, custom: readonly Rule[], faults: string[]): LintConfig['rules'] {
  if (raw === undefined) return {};
  if (!isRecord(raw)) {
    faults.push("`migrator.lint.rules` must be an object, such as `{ 'drop-column': 'warning' }`.");
    return {};
  }
  return Object.fromEntries(
    Object.entries(raw).flatMap(([id, severity]) => {
      const fault = ruleFault(id, severity, custom);
      if (fault) faults.push(`\`migrator.lint.rules\`: ${fault}`);
      return fault ? [] : [[id, severity as Severity]];
    }),
  );
}

/** What is wrong with a rule's id or severity, as a sentence; undefined if nothing is. */
export function ruleFault(id: string, severity: unknown, custom: readonly Rule[] = []): string | undefined {
  const known = [...[...rules, ...custom].map((rule) => rule.id), ...gradedCodes];
  if (!known.includes(id)) {
    const meant = closest(id, known);
    return `there is no rule \`${id}\`${meant ? `; did you mean \`${meant}\`?` : '.'}`;
  }
  if (!(ruleSeverities as readonly unknown[]).includes(severity))
    return `the severity of \`${id}\` must be one of ${list(ruleSeverities)}.`;
  return undefined;
}

function customRulesOf(raw: unknown, faults: string[]): readonly Rule[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) {
    faults.push('`migrator.lint.customRules` must be a list of rules.');
    return [];
  }
  return raw.filter((rule: unknown, index): rule is Rule => {
    const fault = customFault(rule);
    if (fault) faults.push(`\`migrator.lint.customRules[${index}]\` ${fault}`);
    return fault === undefined;
  });
}

function customFault(rule: unknown): string | undefined {
  if (!isRecord(rule)) return 'must be an object.';
  const missing = ['id', 'title', 'severity', 'preset', 'category', 'consequence', 'fix'].find(
    (field) => typeof rule[field] !== 'string',
  );
  if (missing) return `lacks \`${missing}\`.`;
  if (!Array.isArray(rule.on) || typeof rule.check !== 'function') return 'needs a list `on` and a function `check`.';
  return rules.some(({ id }) => id === rule.id)
    ? `has the id of a rule of migrator's, \`${String(rule.id)}\`.`
    : undefined;
}

/** `15`, `'15'`, `'14.2'`. */
export function targetOf(
  version: unknown,
  faults: string[],
  name = 'migrator.postgresVersion',
): LintTarget | undefined {
  if (version === undefined) return undefined;
  const [, major, minor] = /^(\d\d)(?:\.(\d+))?$/.exec(String(version)) ?? [];
  if (major === undefined || Number(major) < 12) {
    faults.push(`\`${name}\` must be a version from 12 on, such as \`'16'\` or \`'16.4'\`.`);
    return undefined;
  }
  return { major: Number(major), ...(minor !== undefined && { minor: Number(minor) }) };
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
