import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  emptySchema,
  type LintFinding,
  type LintOptions,
  lint,
  lintFiles,
  type Rule,
  type TableSizes,
} from '../../src/lint/index.js';

export const pagesFolder = fileURLToPath(new URL('../../../../docs/rules/', import.meta.url));

/** A fenced block of SQL of a rule's page: ```` ```sql bad target=14 timezone=UTC preset=drizzle-kit sizes=songs:40GB ````. */
export interface Block {
  readonly kind: 'setup' | 'bad' | 'good';
  readonly sql: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface Page {
  readonly id: string;
  readonly text: string;
  /** What the database holds before each block. */
  readonly setup: string;
  readonly bad: readonly Block[];
  readonly good: readonly Block[];
}

export function readPages(): Page[] {
  return readdirSync(pagesFolder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort((a, b) => (a.slice(0, -3) < b.slice(0, -3) ? -1 : 1))
    .map((name) => parsePage(name.slice(0, -'.md'.length), readFileSync(`${pagesFolder}${name}`, 'utf8')));
}

export function parsePage(id: string, text: string): Page {
  const blocks = [...text.matchAll(/^```sql (setup|bad|good)(.*)\n([\s\S]*?)\n```$/gm)].map(
    ([, kind = '', words = '', sql = '']): Block => ({
      kind: kind as Block['kind'],
      sql,
      options: Object.fromEntries(
        words
          .trim()
          .split(/\s+/)
          .filter(Boolean)
          .map((word) => word.split('=') as [string, string]),
      ),
    }),
  );
  const of = (kind: Block['kind']) => blocks.filter((block) => block.kind === kind);
  return {
    id,
    text,
    setup: of('setup')
      .map(({ sql }) => sql)
      .join('\n'),
    bad: of('bad'),
    good: of('good'),
  };
}

/** Files of one block: `-- file: 0001_name` begins another; `-- known file: …` one that the base has already. */
export function filesOf(sql: string): { tag: string; sql: string; isKnown: boolean }[] {
  const [first = '', ...rest] = sql.split(/^(?=-- (?:known )?file: )/m);
  const named = rest.map((part) => {
    const [, known, tag = ''] = /^-- (known )?file: (\S+)/.exec(part) ?? [];
    return { tag, sql: part, isKnown: known !== undefined };
  });
  return first.trim() ? [{ tag: '0001_block', sql: first, isKnown: false }, ...named] : named;
}

/** Lints a block as the migrations behind its setup, with the rule switched on. Needs `loadParser`. */
export function lintBlock(setup: string, { sql, options }: Pick<Block, 'sql' | 'options'>, rule?: Rule): LintFinding[] {
  const [major = 15, minor] = (options.target ?? '15').split('.').map(Number);
  const preset = (options.preset ?? 'recommended') as NonNullable<LintOptions['preset']>;
  const files = [{ tag: '0000_setup', sql: setup, isKnown: true }, ...filesOf(sql)];
  const migrations = files.map((file, position) => ({
    tag: file.tag,
    position,
    idx: position,
    when: position,
    path: `${file.tag}.sql`,
    file: { sql: file.sql, hash: '' },
    isKnown: file.isKnown,
  }));
  const known = new Set(migrations.filter(({ isKnown }) => isKnown).map(({ position }) => position));
  return lint(
    lintFiles(migrations, {
      isLinted: ({ position }) => !known.has(position),
      serverVersion: major,
      oneTransaction: preset === 'drizzle-kit',
    }),
    emptySchema(),
    {
      preset,
      ...(rule && rule.preset !== 'recommended' && { rules: { [rule.id]: rule.severity } }),
      target: { major, ...(minor !== undefined && { minor }) },
      timeZone: options.timezone,
      sizes: sizesOf(options.sizes),
    },
  );
}

function sizesOf(text: string | undefined): TableSizes | undefined {
  if (text === undefined) return undefined;
  const units: Readonly<Record<string, number>> = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
  return Object.fromEntries(
    text.split(',').map((entry) => {
      const [, table = '', amount = '0', unit = 'kB'] = /^(.*):(\d+)(kB|MB|GB)$/.exec(entry) ?? [];
      const bytes = Number(amount) * (units[unit] ?? 1);
      return [table.includes('.') ? table : `public.${table}`, { bytes, rows: bytes / 100 }];
    }),
  );
}
