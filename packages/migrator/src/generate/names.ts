import { MigratorError } from '../errors/migrator-error.js';
import type { Changes } from './changes.js';
import type { Rename } from './renames.js';

const VAGUE = new Set(
  'update updates updated change changes changed fix fixes fixed misc test tests testing migration migrations migrate wip temp tmp asdf qwerty foo bar new stuff things thing schema sql db database edit edits modify alter work todo draft next final latest more minor patch various cleanup commit initial2 untitled unnamed a b c x y z'.split(
    ' ',
  ),
);

/** Whether a name tells what a migration does. Throws `vague-name`. */
export function assertName(name: string, suggestion: string | undefined): void {
  const words = name.split('_').filter((word) => !/^\d*$/.test(word));
  const why = !/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name)
    ? 'is not in snake_case (small letters, digits and single underscores)'
    : words.every((word) => VAGUE.has(word))
      ? 'does not say what the migration does'
      : name.length > 100
        ? 'is longer than 100 characters'
        : undefined;
  if (why) throw nameError(`The name \`${name}\` ${why}.`, suggestion ?? (snakeCase(name) || undefined));
}

export function missingName(suggestion: string | undefined): MigratorError {
  return nameError('The migration needs a name.', suggestion);
}

function nameError(message: string, suggestion: string | undefined): MigratorError {
  const isGood = suggestion !== undefined && !suggestion.split('_').every((word) => VAGUE.has(word));
  return new MigratorError('vague-name', {
    message,
    state: 'Nothing was written.',
    fix: `Give one that says what it does, such as \`migrator generate ${isGood ? suggestion : 'add_song_title'}\`.`,
    ...(isGood && { data: { suggestion } }),
  });
}

function snakeCase(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** A name made of what changes: `add_songs_title`, `create_songs_and_artists`. */
export function suggestName(changes: Changes, renames: readonly Rename[]): string {
  const phrases = [...phrasesOf(changes, renames)];
  const [first, second] = phrases;
  if (first === undefined) return 'change_schema';
  const both = second === undefined ? first : `${first}_and_${second}`;
  return snakeCase(both.length <= 60 ? both : first)
    .slice(0, 60)
    .replace(/_+$/, '');
}

function* phrasesOf({ created, dropped, altered, replaced }: Changes, renames: readonly Rename[]): Generator<string> {
  const last = (name: string) => name.split('.').at(-1) ?? name;
  for (const { kind, from, to } of renames)
    yield `rename_${kind === 'table' ? '' : `${kind}_`}${last(from)}_to_${last(to)}`;
  const tables = (items: Changes['created']) => items.flatMap((item) => (item.kind === 'table' ? [item] : []));
  const [newTables, oldTables] = [tables(created), tables(dropped)];
  if (newTables.length > 0)
    yield `create_${newTables
      .slice(0, 3)
      .map(({ name }) => name)
      .join('_and_')}`;
  if (oldTables.length > 0)
    yield `drop_${oldTables
      .slice(0, 3)
      .map(({ name }) => name)
      .join('_and_')}`;
  const place = (table: string) => (table ? `${last(table)}_` : '');
  for (const [verb, items, whole] of [
    ['add', created, newTables],
    ['drop', dropped, oldTables],
  ] as const) {
    const keys = new Set(whole.map(({ table }) => table));
    for (const item of items) {
      if (item.kind === 'table' || item.kind === 'rls' || (item.table && keys.has(item.table))) continue;
      yield item.kind === 'column' ? `${verb}_${place(item.table)}${item.name}` : `${verb}_${item.name}`;
    }
  }
  for (const { to } of altered) yield `alter_${place(to.table)}${to.name}`;
  for (const { to, changed } of replaced) if (changed) yield `change_${to.name}`;
}
