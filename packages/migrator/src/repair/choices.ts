import type { Comparison, Migration } from '../core/types.js';
import { closest } from '../errors/closest.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { FolderFacts, RepairChoices } from './types.js';

const ABOUT_TAGS = [
  ['accept', '--accept'],
  ['restore', '--restore'],
  ['markApplied', '--mark-applied'],
  ['markUnapplied', '--mark-unapplied'],
  ['restamp', '--restamp'],
  ['rebuildSnapshot', '--rebuild-snapshot'],
] as const;

/** Throws `unknown-migration` or `wrong-usage` for a choice that is about nothing there is. */
export function checkChoices(
  choices: RepairChoices,
  migrations: readonly Migration[],
  { files, journal }: FolderFacts,
  comparison?: Comparison,
): void {
  const tags = migrations.map(({ tag }) => tag);
  for (const [name, flag] of ABOUT_TAGS) for (const tag of choices[name] ?? []) assertKnown(tag, tags, flag);
  const entries = (journal?.entries ?? []).flatMap(({ tag }, at) => [String(tag), `#${at}`]);
  for (const tag of choices.dropEntry ?? []) {
    assertKnown(tag, entries, '--drop-entry');
    assertGone(tag, journal?.entries ?? [], files);
  }
  const names = files.flatMap(({ tag }) => [`${tag}.sql`, tag]);
  for (const name of choices.adopt ?? []) assertKnown(name, names, '--adopt');
  for (const name of choices.leave ?? []) assertKnown(name, names, '--leave');
  const both = (choices.markApplied ?? []).find((tag) => choices.markUnapplied?.includes(tag));
  if (both !== undefined) {
    throw new MigratorError('wrong-usage', {
      message: `\`${both}\` cannot be marked as applied and as not applied.`,
      fix: 'Give one of `--mark-applied` and `--mark-unapplied` for it.',
    });
  }
  const rows = comparison?.statuses.find(
    ({ migration: { tag }, squashed = [] }) => squashed.length > 0 && choices.markUnapplied?.includes(tag),
  );
  if (rows) {
    const { tag } = rows.migration;
    throw new MigratorError('wrong-usage', {
      message: `\`--mark-unapplied ${tag}\`: it is a squash, and this database has ${rows.squashed?.length} rows of what it stands for.`,
      state: 'Nothing was changed.',
      fix: `Run \`migrator baseline --to ${tag}\` first: it puts one row in the place of theirs.`,
    });
  }
  const ids = comparison?.unknown.map(({ id }) => id) ?? [];
  const strange = choices.forget?.find((id) => !ids.includes(id));
  if (strange !== undefined) {
    throw new MigratorError('wrong-usage', {
      message: `\`--forget ${strange}\`: there is no row ${strange} that belongs to no migration.`,
      fix: ids.length === 0 ? 'Leave it out: there are no such rows.' : `There are: ${ids.join(', ')}.`,
    });
  }
}

/** A file without an entry is adopted: dropping its entry would do nothing. */
function assertGone(name: string, entries: readonly { readonly tag?: unknown }[], files: FolderFacts['files']): void {
  const tags = entries.map(({ tag }) => String(tag));
  const tag = name.startsWith('#') ? tags[Number(name.slice(1))] : name;
  if (tag === undefined || !files.some((file) => file.tag === tag)) return;
  // One of two entries of a file can go.
  if (tags.filter((other) => other === tag).length > 1) return;
  throw new MigratorError('wrong-usage', {
    message: `\`--drop-entry ${name}\`: the file of \`${tag}\` is there, and a file without an entry is adopted again.`,
    fix: `Move ${tag}.sql out of the folder first, if no database has applied it; to undo it, run \`migrator rollback\`; to undo it everywhere, write a new migration.`,
  });
}

function assertKnown(name: string, known: readonly string[], flag: string): void {
  if (known.includes(name)) return;
  const guess = closest(name, known);
  throw new MigratorError('unknown-migration', {
    message: `\`${flag} ${name}\`: there is no \`${name}\`.`,
    fix: guess ? `Did you mean \`${guess}\`?` : '`migrator status` lists the migrations.',
  });
}
