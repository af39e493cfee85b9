import type { CheckReport } from '../api/check.js';
import { sha256 } from '../core/hash.js';
import { rules } from '../lint/index.js';
import { VERSION } from '../version.js';

const HOME = 'https://github.com/melodia/melodia';

/**
 * The report as SARIF 2.1.0, for code scanning. `prefix`: path of the working folder in the repository, with a slash at its end.
 */
export function sarif({ findings, sources }: Pick<CheckReport, 'findings' | 'sources'>, prefix = ''): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'migrator', semanticVersion: VERSION, informationUri: HOME, rules: codes.map(ruleOf) },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        results: findings.map((finding) => {
          const { code, severity, message, consequence, fix, at } = finding;
          return {
            ruleId: code,
            ruleIndex: codes.indexOf(code),
            level: { error: 'error', warning: 'warning', info: 'note' }[severity],
            message: { text: [message, consequence, `Fix: ${fix}`].filter(Boolean).join(' ') },
            ...(at && {
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: uriOf(`${prefix}${at.file}`), uriBaseId: 'SRCROOT' },
                    ...(at.line !== undefined && {
                      region: { startLine: at.line, ...(at.column !== undefined && { startColumn: at.column }) },
                    }),
                  },
                },
              ],
            }),
            // So that a finding is known again when lines move.
            partialFingerprints: { migrator: sha256([code, finding.tag, lineOf(sources, at) ?? message].join('\n')) },
          };
        }),
      },
    ],
  };
}

function ruleOf(code: string): unknown {
  const rule = rules.find(({ id }) => id === code);
  if (!rule) return { id: code, shortDescription: { text: code } };
  return {
    id: code,
    shortDescription: { text: rule.title },
    fullDescription: { text: `${rule.title} ${rule.consequence}` },
    help: { text: rule.fix },
    defaultConfiguration: { level: { error: 'error', warning: 'warning', info: 'note' }[rule.severity] },
  };
}

function uriOf(path: string): string {
  return path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

function lineOf(sources: CheckReport['sources'], at: CheckReport['findings'][number]['at']): string | undefined {
  if (at?.line === undefined) return undefined;
  return sources.get(at.file)?.split('\n')[at.line - 1]?.trim();
}
