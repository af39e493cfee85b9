import type { Squash } from '../core/types.js';

const LINE = /^-- migrator: squashed(-before)? (\S+) (\d+) ([0-9a-f]{64})(?: (\d+))?$/;

/** The lines at the top of a squash: every migration that it stands for, and every earlier squash of the first of them. */
export function squashHeader({ of, earlier }: Squash): string {
  return [
    `-- migrator: squash of ${of.length} migrations; a database that has all of them has this one.`,
    ...of.map(({ tag, when, hash }) => `-- migrator: squashed ${tag} ${when} ${hash}`),
    ...earlier.map(({ tag, when, hash, count }) => `-- migrator: squashed-before ${tag} ${when} ${hash} ${count}`),
  ].join('\n');
}

/** What a migration file is a squash of; undefined for any other. */
export function readSquash(sql: string): Squash | undefined {
  if (!sql.startsWith('-- migrator: squash of ')) return undefined;
  const of: Squash['of'][number][] = [];
  const earlier: Squash['earlier'][number][] = [];
  for (const line of sql.split('\n').slice(1)) {
    const [, before, tag = '', when, hash = '', count] = LINE.exec(line.trimEnd()) ?? [];
    if (tag === '') break;
    const migration = { tag, when: Number(when), hash };
    if (before) earlier.push({ ...migration, count: Number(count) });
    else of.push(migration);
  }
  return of.length === 0 ? undefined : { of, earlier };
}
