import type { Migration, Squash } from '../core/types.js';
import { squashHeader } from '../sql/squash-header.js';

/** Where the one file stands that takes the place of many. */
export interface SquashPlace {
  readonly tag: string;
  readonly idx: number;
  readonly when: number;
  readonly squash: Squash;
}

const BREAKPOINT = ';\n--> statement-breakpoint\n';

/**
 * Number and snapshot are those of the last of the migrations. The time is the latest of all: a database that has them is past
 * it, and drizzle-kit takes the file for applied. What is a squash itself counts as what it stands for, so that databases of
 * before it are known too. Pure.
 */
export function placeOf(migrations: readonly Migration[], name: string): SquashPlace {
  const of: Squash['of'][number][] = [];
  const earlier: Squash['earlier'][number][] = [];
  for (const { tag, when, file, squash } of migrations) {
    const self = { tag, when, hash: file?.hash ?? '' };
    if (!squash) of.push(self);
    else {
      of.push(...squash.of);
      earlier.push(...squash.earlier, { ...self, count: of.length });
    }
  }
  const last = migrations.at(-1);
  return {
    tag: `${prefixOf(last?.tag ?? '')}_${name}`,
    idx: last?.idx ?? 0,
    when: migrations.reduce((latest, { when }) => Math.max(latest, when), 0),
    squash: { of, earlier },
  };
}

export function prefixOf(tag: string): string {
  return tag.split('_')[0] ?? '';
}

/** The file itself. */
export function squashText({ squash }: SquashPlace, statements: readonly string[]): string {
  const body = statements.length === 0 ? ['select 1'] : statements;
  return `${squashHeader(squash)}\n\n${body.map(inTransaction).join(BREAKPOINT)};\n`;
}

/** Its way back: everything goes. */
export function squashDownText(statements: readonly string[], tables: number): string {
  const loses =
    tables > 0 ? `-- Rolling back loses the data of ${tables === 1 ? 'one table' : `all ${tables} tables`}.\n\n` : '';
  const body = statements.length === 0 ? ['select 1'] : statements;
  return `${loses}${body.map(inTransaction).join(BREAKPOINT)};\n`;
}

/** A setting that would outlive the file would reach the next one. */
function inTransaction(sql: string): string {
  return sql.replace(/^set (?!local\b)/, 'set local ').replace(/;\s*$/, '');
}
