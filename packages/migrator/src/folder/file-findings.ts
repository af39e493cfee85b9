import type { Finding, Migration } from '../core/types.js';
import type { FolderFacts } from './folder-findings.js';
import type { TextFault } from './text-fault.js';

/** Faults of the file of one entry. Pure. */
export function fileFindings(
  migration: Migration,
  { textFaults, sqlFiles }: Pick<FolderFacts, 'textFaults' | 'sqlFiles'>,
): Finding[] {
  const { tag, path, file } = migration;
  const names = sqlNames(sqlFiles);
  const twin = names.exact.has(`${tag}.sql`) ? undefined : names.byLowerCase.get(`${tag}.sql`.toLowerCase());
  if (twin !== undefined) return [caseFinding(migration, twin)];
  if (!file) return [missingFinding(migration)];
  const fault = textFaults?.get(tag);
  if (fault && fault.kind !== 'not-utf8') return [notText(migration, fault)];
  const findings: Finding[] = [];
  if (fault) {
    findings.push({
      code: 'not-utf8',
      severity: 'warning',
      tag,
      at: { file: path, line: fault.line },
      message: `\`${tag}\` is not valid UTF-8.`,
      consequence: 'Each wrong byte reaches the database as U+FFFD (\uFFFD), with drizzle-kit as well.',
      fix: `Save ${path} as UTF-8, unless it is applied somewhere as it is.`,
    });
  }
  if (file.sql.includes('\r\n')) {
    findings.push({
      code: 'crlf-file',
      severity: 'warning',
      tag,
      at: { file: path },
      message: `\`${tag}\` has Windows line endings.`,
      consequence: 'Its hash differs from that of the same file with Unix line endings on another machine.',
      fix: 'Add `*.sql text eol=lf` to .gitattributes and check the file out again, unless it is applied somewhere as it is.',
    });
  }
  if (isEmpty(file.sql)) {
    findings.push({
      code: 'empty-file',
      severity: 'info',
      tag,
      at: { file: path },
      message: `\`${tag}\` has no statement.`,
      consequence:
        'It counts as applied once it has run, with drizzle-kit as well; what is written into it later never runs.',
      fix: 'Nothing to do if that is meant; else put the SQL into a new migration.',
    });
  }
  return findings;
}

/** The names of a folder are looked up for each of its entries. */
const known = new WeakMap<
  readonly string[],
  { exact: ReadonlySet<string>; byLowerCase: ReadonlyMap<string, string> }
>();

function sqlNames(files: readonly string[]) {
  const names = known.get(files) ?? {
    exact: new Set(files),
    byLowerCase: new Map(files.map((name) => [name.toLowerCase(), name])),
  };
  known.set(files, names);
  return names;
}

function isEmpty(sql: string): boolean {
  // Longer texts are not looked through: nobody writes only comments for so long.
  return sql.length < 10_000 && sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}

function missingFinding({ tag, path }: Migration): Finding {
  return {
    code: 'file-missing',
    severity: 'error',
    tag,
    at: { file: path },
    message: `The journal lists \`${tag}\`, but its file does not exist.`,
    consequence:
      'drizzle-kit stops without a word, even where the migration is applied already. No new database can be made.',
    fix: `Run \`migrator repair\`: it restores the file from git or from the log, or drops the entry if nobody can have applied it; where it finds no text, it says who else may have one. \`git log --all -- ${path}\` shows the commits that had it; \`migrator repair --drop-entry ${tag}\` drops the entry in any case.`,
  };
}

function caseFinding({ tag, path }: Migration, name: string): Finding {
  return {
    code: 'file-case',
    severity: 'error',
    tag,
    at: { file: path },
    message: `The journal lists \`${tag}\`, but the file is spelled ${name}.`,
    consequence: 'macOS and Windows find it, Linux does not: there drizzle-kit stops without a word.',
    fix: 'Run `migrator repair`: it renames the file.',
  };
}

function notText({ tag, path }: Migration, fault: TextFault): Finding {
  const utf16 = fault.kind === 'utf-16';
  return {
    code: 'not-text',
    severity: 'error',
    tag,
    at: { file: path, line: fault.line },
    message: utf16
      ? `\`${tag}\` is UTF-16, as Windows PowerShell writes it with \`>\`.`
      : `\`${tag}\` holds a zero byte, which a text in Postgres cannot.`,
    consequence: 'The server would refuse it.',
    fix: utf16
      ? `Run \`migrator repair\`, or save ${path} as UTF-8.`
      : `Remove the zero byte; if it is every second one, the file is UTF-16: \`migrator repair\` writes it as UTF-8.`,
  };
}
