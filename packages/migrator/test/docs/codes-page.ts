import { findingCodes } from '../../src/core/finding-codes.js';
import { errorCatalog } from '../../src/errors/catalog.js';
import { rules } from '../../src/lint/index.js';

/** docs/codes.md: every code that migrator may print, by the alphabet, with the place that explains it. */
export function codesPage(): string {
  const rows = [
    ...Object.entries(errorCatalog).map(([code, exitCode]) => [
      code,
      `error, exit code ${exitCode}`,
      `errors.md#${code}`,
    ]),
    ...findingCodes.map((code) => [code, 'finding', `findings.md#${code}`]),
    ...rules.map(({ id, severity }) => [id, `rule, ${severity}`, `rules/${id}.md`]),
  ].sort(([a = '', kindA = ''], [b = '', kindB = '']) => (`${a} ${kindA}` < `${b} ${kindB}` ? -1 : 1));
  return `# Every code

What stands in brackets behind a message, and where it is explained: errors end a command, findings and rules are told about
files and databases. Written by \`pnpm --filter @melodia/migrator run docs\`.

| code | |
|---|---|
${rows.map(([code, kind, place]) => `| [${code}](${place}) | ${kind} |`).join('\n')}
`;
}
