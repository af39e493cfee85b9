import { compareItems } from './changes.js';
import { type Item, itemsOf } from './items.js';
import { applyRenames, placeOf, type Rename } from './renames.js';
import { type ForeignKey, type Snapshot, type Table, tableKey, targetKey } from './snapshot.js';

/**
 * The two schemas without the tables and views that the change does not touch and nothing of it is made of: they are the
 * same before and after, and building hundreds of them on scratch would be most of the work. Policies on tables that the
 * schema does not define are left out too, for they cannot be built. Needs `loadParser`.
 */
export function withoutBystanders(
  before: Snapshot,
  after: Snapshot,
  renames: readonly Rename[],
): { before: Snapshot; after: Snapshot } {
  const bare = (snapshot: Snapshot): Snapshot => ({ ...snapshot, policies: {} });
  if (renames.some(({ kind }) => kind === 'schema')) return { before: bare(before), after: bare(after) };
  const start = itemsOf(applyRenames(before, renames));
  const end = itemsOf(after);
  const { dropped, created, altered, replaced, renamed } = compareItems(start, end);
  const changed = [
    ...dropped,
    ...created,
    ...[...altered, ...replaced, ...renamed].flatMap(({ from, to }) => [from, to]),
  ];
  const all = [...start.values(), ...end.values()];
  const touched = new Set(changed.flatMap(({ key, table }) => (table === '' ? [key] : [key, `table:${table}`])));
  for (const { kind, from, to, within } of renames) {
    touched.add(within === '' ? `${kind}:${to}` : `table:${within}`);
    if (within === '' && kind !== 'role') for (const key of beside(from, to)) touched.add(key);
  }
  grow(touched, all);
  const needed = new Set([...touched, ...all.filter((item) => isTouched(item, touched)).flatMap(tablesBehind)]);
  const names = new Map<string, string>(
    renames.flatMap(({ kind, from, to }) =>
      kind === 'table' || kind === 'view' ? [[`${kind}:${from}`, `${kind}:${to}`] as const] : [],
    ),
  );
  const now = (key: string) => names.get(key) ?? key;
  return {
    before: reduced(bare(before), touched, needed, now),
    after: reduced(bare(after), touched, needed, (key) => key),
  };
}

/** What may have the name that something gets on its way to another schema: the statements go round it. */
function beside(from: string, to: string): string[] {
  const [old, next] = [placeOf(from), placeOf(to)];
  if (old.schema === next.schema) return [];
  const places = [`${old.schema}.${next.name}`, `${next.schema}.${old.name}`];
  return ['table', 'enum', 'sequence', 'view'].flatMap((kind) => places.map((place) => `${kind}:${place}`));
}

/** Tables with columns of a type that changes, and views upon what changes, belong to the change. */
function grow(touched: Set<string>, items: readonly Item[]): void {
  for (let size = -1; size !== touched.size; ) {
    size = touched.size;
    for (const item of items) {
      const place = item.kind === 'column' ? `table:${item.table}` : item.key;
      if (touched.has(place) || (item.kind !== 'column' && item.kind !== 'view')) continue;
      const counts = (key: string) => touched.has(key) && (item.kind === 'view' || key.startsWith('enum:'));
      if (item.uses.some(counts)) touched.add(place);
    }
  }
}

function isTouched({ key, table }: Item, touched: ReadonlySet<string>): boolean {
  return touched.has(key) || touched.has(`table:${table}`);
}

function tablesBehind({ uses }: Item): string[] {
  return uses.filter((key) => key.startsWith('table:') || key.startsWith('view:'));
}

function reduced(
  snapshot: Snapshot,
  touched: ReadonlySet<string>,
  needed: ReadonlySet<string>,
  now: (key: string) => string,
): Snapshot {
  // What a view that is needed is made of is needed too; views are few, so all of that stays.
  const views = Object.entries(snapshot.views).filter(([key]) => needed.has(now(`view:${key}`)));
  const whole = views.some(([key]) => !touched.has(now(`view:${key}`)));
  const tables = Object.values(snapshot.tables).flatMap((table): Table[] => {
    const key = now(`table:${tableKey(table)}`);
    if (touched.has(key) || whole) return [table];
    return needed.has(key) ? [{ ...table, foreignKeys: ownKeys(table), policies: {} }] : [];
  });
  return {
    ...snapshot,
    tables: Object.fromEntries(tables.map((table) => [tableKey(table), table])),
    views: whole ? snapshot.views : Object.fromEntries(views),
  };
}

function ownKeys(table: Table): Record<string, ForeignKey> {
  const own = Object.entries(table.foreignKeys).filter(([, key]) => targetKey(key) === tableKey(table));
  return Object.fromEntries(own);
}
