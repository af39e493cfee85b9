import type { DumpedMigration } from './types.js';

interface PlacedMigration {
  readonly tag: string;
  readonly when: number;
  readonly file?: { readonly hash: string };
}

/** The state that a sample is loaded into, by the migration it lies behind. */
export interface SamplePlace {
  /** Undefined: the empty database, before all of them. */
  readonly after: string | undefined;
  /** How it was found: `--sample-at`, the dumped tracking table, or the state before the first migration that is rehearsed. */
  readonly by: 'option' | 'tracking' | 'default';
}

/**
 * Where a sample belongs. What was asked for wins; then what the dump says of itself; then the state before the first
 * migration that is rehearsed. `at` must be one of the tags.
 */
export function placeSample(
  migrations: readonly PlacedMigration[],
  {
    at,
    dumped,
    rehearsed,
  }: {
    readonly at?: string | undefined;
    readonly dumped: readonly DumpedMigration[];
    readonly rehearsed: ReadonlySet<string>;
  },
): SamplePlace {
  if (at !== undefined) return { after: at, by: 'option' };
  const [hashes, stamps] = [new Set(dumped.map(({ hash }) => hash)), new Set(dumped.map(({ when }) => when))];
  const applied = migrations.filter(({ when, file }) => stamps.has(when) || (file && hashes.has(file.hash)));
  const last = applied.at(-1);
  if (last) return { after: last.tag, by: 'tracking' };
  const first = migrations.findIndex(({ tag }) => rehearsed.has(tag));
  return { after: migrations[first - 1]?.tag, by: 'default' };
}
