import type { FillDownsResult, GenerateResult } from '../api/generate.js';
import type { Colors } from './terminal.js';

export function renderGenerated({ migrations, written }: GenerateResult, color: Colors): string {
  if (migrations.length === 0) return `${color.green('Nothing to do:')} schema and migrations agree.\n`;
  if (!written) {
    const files = migrations.flatMap(({ path, downPath, up, down }) => [
      `${color.bold(`-- ${path}`)}\n${up}`,
      `${color.bold(`-- ${downPath}`)}\n${down}`,
    ]);
    return `${files.join('\n')}\nNothing was written (--dry-run).\n`;
  }
  const lines = migrations.flatMap(({ path, downPath, up, down, ...migration }) => [
    `${color.green('✓')} ${color.bold(path)}`,
    ...notes(up).map((note) => `  ${note}`),
    ...breaking(migration).map((line) => `  ${color.yellow('!')} ${line}`),
    `  ${color.dim(downPath)}`,
    ...notes(down).map((note) => `  ${color.dim(note)}`),
  ]);
  return `${lines.join('\n')}\nRead the SQL, then apply it with \`migrator migrate\`.\n`;
}

/** Said where the file does not say it itself. */
function breaking({ phase, breaks }: Pick<GenerateResult['migrations'][number], 'phase' | 'breaks'>): string[] {
  const [first] = breaks;
  if (first === undefined || phase === 'contract') return [];
  const more = breaks.length > 1 ? ` And ${breaks.length - 1} more.` : '';
  return [
    `It breaks the release before it: ${first.message}${more} Where both run for a while, make it with \`--phase contract\`, apart from what adds.`,
  ];
}

/** What the comments at the top of a file say, directives left out. */
function notes(sql: string): string[] {
  const end = sql.split('\n').findIndex((line) => !line.startsWith('--'));
  return sql
    .split('\n')
    .slice(0, Math.max(0, end))
    .filter((line) => !/^-- migrator:/.test(line))
    .map((line) => line.replace(/^--\s*/, ''));
}

export function renderPending(statements: readonly string[], color: Colors): string {
  if (statements.length === 0) return `${color.green('Up to date:')} schema and migrations agree.\n`;
  const count = statements.length === 1 ? '1 statement' : `${statements.length} statements`;
  return `${color.red('Schema and migrations differ')} by ${count}:\n\n${statements.map((sql) => `${sql};`).join('\n')}\n\nRun \`migrator generate\`.\n`;
}

export function renderDowns({ downs, written }: FillDownsResult, color: Colors): string {
  if (downs.length === 0) return `${color.green('Nothing to do:')} every migration has a down file.\n`;
  const lines = downs.map(({ path, reason }) =>
    reason === undefined
      ? `${color.green('✓')} ${path}`
      : `${color.yellow('!')} ${path}: to be filled in, because ${reason}`,
  );
  const text = written
    ? ''
    : `\n${downs.map(({ path, text: sql }) => `${color.bold(`-- ${path}`)}\n${sql}`).join('\n')}\nNothing was written (--dry-run).\n`;
  return `${lines.join('\n')}\n${text}`;
}
