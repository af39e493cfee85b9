import type { Rule } from '../../src/lint/index.js';

const MODES: Readonly<Record<string, string>> = {
  AccessShareLock: 'ACCESS SHARE',
  RowShareLock: 'ROW SHARE',
  RowExclusiveLock: 'ROW EXCLUSIVE',
  ShareUpdateExclusiveLock: 'SHARE UPDATE EXCLUSIVE',
  ShareLock: 'SHARE',
  ShareRowExclusiveLock: 'SHARE ROW EXCLUSIVE',
  ExclusiveLock: 'EXCLUSIVE',
  AccessExclusiveLock: 'ACCESS EXCLUSIVE',
};

const END = '<!-- The above is written from the rule by `vitest run test/lint -u`; the blocks below are its tests. -->';

/** The page with its head written anew from the rule. */
export function withHead(page: string, rule: Rule): string {
  const body = page.includes(END)
    ? page.slice(page.indexOf(END) + END.length)
    : page.replace(/^[\s\S]*?<!-- head -->/, '');
  return `${head(rule)}\n\n${END}\n\n${body.trim()}\n`;
}

function head(rule: Rule): string {
  const { locks = {}, rewrites = [], scans = [], fails } = rule.claims ?? {};
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const rows = [
    ['Severity', `${rule.severity}; ${presetText(rule)}`],
    ...(Object.keys(locks).length > 0
      ? [
          [
            'Locks',
            Object.entries(locks)
              .map(([table, mode]) => `\`${table}\`: ${MODES[mode]}`)
              .join(', '),
          ],
        ]
      : []),
    ...(rewrites.length > 0 ? [['Rewrites', list(rewrites)]] : []),
    ...(scans.length > 0 ? [['Reads all rows of', list(scans)]] : []),
    ...(fails ? [['Fails with', `SQLSTATE ${fails}`]] : []),
    ['Postgres', versions(rule)],
    ...(rule.fixable ? [['`check --fix`', 'writes the safe form']] : []),
  ];
  return [
    `# ${rule.id}`,
    '',
    rule.title,
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    '',
    rule.consequence,
    '',
    `**Safe form:** ${rule.fix}`,
  ].join('\n');
}

function presetText({ preset }: Rule): string {
  if (preset === 'none') return 'off unless it is switched on by name';
  return preset === 'recommended' ? 'on by default' : `off by default, on in the preset \`${preset}\``;
}

function versions({ postgres = {} }: Rule): string {
  const { from, to } = postgres;
  if (from !== undefined && to === from) return `${from}`;
  if (from !== undefined && to !== undefined) return `${from} to ${to}`;
  if (from !== undefined) return `${from} and later`;
  return to === undefined ? 'all' : `up to ${to}`;
}

/** The index of all pages. */
export function renderIndex(rules: readonly Rule[]): string {
  const row = ({ id, title, severity }: Rule) => `| [${id}](${id}.md) | ${severity} | ${title} |`;
  const section = (name: string, text: string, preset: Rule['preset']) => [
    `## ${name}`,
    '',
    text,
    '',
    '| rule | severity | |',
    '|---|---|---|',
    ...rules.filter((rule) => rule.preset === preset).map(row),
    '',
  ];
  return [
    '# Lint rules',
    '',
    '`migrator check` looks at every statement of the migrations with these rules, against the schema that the statements before it have made. Each page has the SQL',
    'that is its test, what it locks, and the safe form. Written from the rules by `vitest run test/lint -u`.',
    '',
    ...section('On by default', 'What fails, loses data, or stops an application.', 'recommended'),
    ...section('In the preset `strict`', 'Policy, taste, and locks of a moment.', 'strict'),
    ...section(
      'In the preset `drizzle-kit`',
      'What matters only where drizzle-kit applies the files, in one transaction and without time limits; migrator takes care of it by itself.',
      'drizzle-kit',
    ),
    ...section(
      'Only by name',
      "Switched on one by one: `migrator: { lint: { rules: { '<rule>': 'warning' } } }`.",
      'none',
    ),
  ].join('\n');
}
