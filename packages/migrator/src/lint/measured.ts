import type { Finding } from '../core/types.js';
import { splitStatements } from '../sql/split.js';
import type { LintFinding } from './lint.js';
import { unusedSuppression } from './rules/unused-suppression.js';
import { type LintSettings, measuredCodes, severityOf } from './settings.js';
import { readSuppressions, type Suppression } from './suppressions.js';

/** A migration that was rehearsed, and its text. */
export interface RehearsedFile {
  readonly tag: string;
  readonly path: string;
  readonly sql: string;
}

/** What is left of findings of a rehearsal, and suppressions that nothing answered to. */
export interface SettledFindings {
  readonly findings: readonly Finding[];
  readonly unused: readonly LintFinding[];
}

/** Leaves out what `-- migrator: allow <code> <reason>` accepts, for the file or the statement. Needs `loadParser`. */
export function withoutAllowed(
  findings: readonly Finding[],
  files: readonly RehearsedFile[],
  settings: LintSettings,
): SettledFindings {
  const used = new Set<Suppression>();
  const read = new Map(files.map((file) => [file.tag, suppressionsOf(file)]));
  const left = findings.filter(({ tag = '', code, at }) => {
    const silencing = (read.get(tag) ?? []).filter(
      ({ suppression: { rule, statement }, line }) => rule === code && (statement === undefined || line === at?.line),
    );
    for (const { suppression } of silencing) used.add(suppression);
    return silencing.length === 0;
  });
  return {
    findings: left,
    unused: files.flatMap((file) =>
      (read.get(file.tag) ?? []).flatMap(({ suppression }) =>
        used.has(suppression) || settings.rules?.[suppression.rule] === 'off'
          ? []
          : unusedFinding(file, suppression, settings),
      ),
    ),
  };
}

function suppressionsOf({ sql }: RehearsedFile) {
  const statements = splitStatements(sql);
  return readSuppressions(sql, statements)
    .filter(({ rule }) => measuredCodes.some((code) => code === rule))
    .map((suppression) => ({ suppression, line: statements[suppression.statement ?? -1]?.line }));
}

function unusedFinding(
  { tag, path, sql }: RehearsedFile,
  { rule, line, offset }: Suppression,
  settings: LintSettings,
): LintFinding[] {
  const wanted = severityOf(unusedSuppression, settings);
  if (!wanted) return [];
  const { id: code, consequence, fix } = unusedSuppression;
  const message = `\`${rule}\` finds nothing here: the suppression is for nothing.`;
  const at = { file: path, line, column: offset - sql.lastIndexOf('\n', offset - 1) };
  return [{ code, severity: wanted.severity, tag, at, message, consequence, fix, docs: `docs/rules/${code}.md` }];
}
