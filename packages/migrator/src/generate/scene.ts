import type { Changes } from './changes.js';
import type { Item, Kind } from './items.js';
import type { Forms } from './operations.js';
import type { Snapshot, Table } from './snapshot.js';

export interface Scene {
  readonly changes: Changes;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly forms: Forms;
}

export function isOf<K extends Kind>(kind: K): (item: Item) => item is Extract<Item, { kind: K }> {
  return (item): item is Extract<Item, { kind: K }> => item.kind === kind;
}

export const hasKey = (items: readonly Item[], key: string) => items.some((item) => item.key === key);

/** What goes: dropped for good, or made again at the end. Parts of a dropped table go with it. */
export function going({ changes: { dropped, replaced }, forms }: Scene): Item[] {
  const tables = new Set(dropped.filter(isOf('table')).map(({ table }) => table));
  return [...dropped, ...replaced.map(({ from }) => from)].filter((item) => {
    if (item.kind === 'table' || item.table === '' || !tables.has(item.table)) return true;
    // A parked table must not hold back rows or roles of others.
    return LOOSENED.includes(item.kind) && forms.parked?.(`table:${item.table}`) !== undefined;
  });
}

/** Parts of a table that do not go with it when it is parked, and do not come back with it. */
export const LOOSENED: readonly Kind[] = ['foreign-key', 'policy'];

/** What comes: new, or made again. What a parked table has kept comes with it. */
export function coming({ changes: { created, replaced }, forms }: Scene): Item[] {
  return [...created, ...replaced.map(({ to }) => to)].filter(
    (item) =>
      item.kind === 'table' ||
      item.table === '' ||
      LOOSENED.includes(item.kind) ||
      forms.parked?.(`table:${item.table}`) === undefined ||
      !hasKey(created, `table:${item.table}`),
  );
}

export function createdTables({ changes: { created } }: Scene): ReadonlySet<string> {
  return new Set(created.filter(isOf('table')).map(({ table }) => table));
}

export function tableOf(snapshot: Snapshot, item: Item): Table {
  const table = snapshot.tables[item.table];
  if (!table) throw new Error(`No table ${item.table} for ${item.key}`);
  return table;
}

/** Whether an item comes back from where it was parked, alone or with its table. */
export function isRestored(item: Pick<Item, 'key' | 'table'>, { parked }: Forms): boolean {
  return parked !== undefined && (parked(item.key) ?? parked(`table:${item.table}`)) !== undefined;
}
