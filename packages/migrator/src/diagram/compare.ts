import type { Mark, PictureColumn, PictureTable, SchemaPicture } from './types.js';
import { byText } from './types.js';

/** One picture of two schemas: what both have, and marked what only one has or what differs. Pure. */
export function comparePictures(before: SchemaPicture, after: SchemaPicture): SchemaPicture {
  const references = merge(before.references, after.references, ({ from, name }) => `${from} ${name}`).sort(
    byText(({ from, name }) => `${from} ${name}`),
  );
  const touched = new Set(references.flatMap(({ from, mark }) => (mark ? [from] : [])));
  const earlier = new Map(before.tables.map((table) => [table.id, table]));
  const later = new Set(after.tables.map(({ id }) => id));
  const tables = [
    ...after.tables.map((table) => {
      const old = earlier.get(table.id);
      return old ? compareTables(old, table, touched) : whole(table, 'added');
    }),
    ...before.tables.filter(({ id }) => !later.has(id)).map((table) => whole(table, 'removed')),
  ];
  return { tables: tables.sort(byText(({ id }) => id)), references };
}

/** Only what is marked, and the tables that its foreign keys lead to. */
export function changedPart({ tables, references }: SchemaPicture): SchemaPicture {
  const marked = references.filter(({ mark }) => mark);
  const near = new Set(marked.flatMap(({ from, to }) => [from, to]));
  const kept = tables.filter(({ id, mark }) => mark !== undefined || near.has(id));
  const ids = new Set(kept.map(({ id }) => id));
  return { tables: kept, references: references.filter(({ from, to }) => ids.has(from) && ids.has(to)) };
}

function compareTables(before: PictureTable, after: PictureTable, touched: ReadonlySet<string>): PictureTable {
  const columns = merge(before.columns, after.columns, ({ name }) => name).map((column) => withWas(column, before));
  const details = merge(before.details, after.details, ({ name }) => name).sort(byText(({ name }) => name));
  const isChanged = [...columns, ...details].some(({ mark }) => mark) || touched.has(after.id);
  return { id: after.id, columns, details, ...(isChanged && { mark: 'changed' as const }) };
}

function withWas(column: PictureColumn, before: PictureTable): PictureColumn {
  const old = column.mark === 'changed' ? before.columns.find(({ name }) => name === column.name) : undefined;
  const isSame = !old || (old.type === column.type && old.notNull === column.notNull);
  return isSame ? column : { ...column, was: { type: old.type, notNull: old.notNull } };
}

function whole(table: PictureTable, mark: Mark): PictureTable {
  return { ...table, mark };
}

interface Part {
  readonly definition: string;
  readonly mark?: Mark;
}

/** In the order of `after`; what is gone stands where it stood, behind what it followed. */
function merge<T extends Part>(before: readonly T[], after: readonly T[], keyOf: (part: T) => string): T[] {
  const old = new Map(before.map((part) => [keyOf(part), part]));
  const merged = after.map((part): T => {
    const was = old.get(keyOf(part));
    if (!was) return { ...part, mark: 'added' };
    return was.definition === part.definition ? part : { ...part, mark: 'changed' };
  });
  before.forEach((part, index) => {
    if (merged.some((other) => keyOf(other) === keyOf(part))) return;
    const previous = before[index - 1];
    const at = previous ? merged.findIndex((other) => keyOf(other) === keyOf(previous)) : -1;
    merged.splice(at + 1, 0, { ...part, mark: 'removed' });
  });
  return merged;
}
