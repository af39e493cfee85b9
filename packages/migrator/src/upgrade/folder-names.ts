import { folderNameOf, folderStamp } from '../core/folder-names.js';
import type { Migration } from '../core/types.js';

/** The folder that a migration gets. */
export interface NewFolder {
  readonly migration: Migration;
  readonly name: string;
  /** Its name has another time than its `when`, because by that it would run at another place. */
  readonly restamped: boolean;
}

/**
 * Names for the folders of a journal's migrations, so that drizzle 1.0, which goes by the names, runs them in the order of the
 * journal. As many as possible get the name that `drizzle-kit up` gives; those whose `when` is out of line, or in the second of
 * another, get the second after the one before them. Pure.
 */
export function nameFolders(migrations: readonly Migration[]): NewFolder[] {
  const seconds = migrations.map(({ when }) => Math.floor(when / 1000));
  const kept = longestInOrder(seconds);
  const times: number[] = [];
  for (const [index, second] of seconds.entries()) {
    const before = times[index - 1];
    if (kept.has(index)) times.push(second);
    else if (before !== undefined) times.push(before + 1);
    else {
      const first = Math.min(...kept);
      times.push((seconds[first] ?? 0) - first);
    }
  }
  return migrations.map((migration, index) => {
    const when = (times[index] ?? 0) * 1000;
    const tag = migration.tag.replaceAll('/', '_');
    const usual = folderNameOf({ tag, when: migration.when });
    const name = kept.has(index) ? usual : `${folderStamp(when)}${usual.slice(usual.indexOf('_'))}`;
    return { migration, name, restamped: name !== usual };
  });
}

/**
 * Positions of the longest part that is in order, with a second of room for each that lies between two of them. Of several, the
 * one of the earlier migrations: more databases have those.
 */
function longestInOrder(seconds: readonly number[]): Set<number> {
  const values = seconds.map((second, index) => second - index);
  const lengths: number[] = [];
  const previous: number[] = [];
  let last = -1;
  for (const [index, value] of values.entries()) {
    lengths[index] = isNameable(seconds[index] ?? 0) ? 1 : 0;
    previous[index] = -1;
    if (lengths[index] === 0) continue;
    for (let before = 0; before < index; before += 1) {
      const length = lengths[before] ?? 0;
      if (length === 0 || (values[before] ?? 0) > value || length < (lengths[index] ?? 0)) continue;
      lengths[index] = length + 1;
      previous[index] = before;
    }
    if (last === -1 || (lengths[index] ?? 0) > (lengths[last] ?? 0)) last = index;
  }
  const kept = new Set<number>();
  for (let at = last; at >= 0; at = previous[at] ?? -1) kept.add(at);
  return kept;
}

/** Years of four digits: others would not be read back from the name. */
function isNameable(second: number): boolean {
  return second >= -62_167_219_200 + 1000 * 31_556_952 && second <= 253_402_300_799;
}
