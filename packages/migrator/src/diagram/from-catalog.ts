import type { Catalog, CatalogObject } from '../catalog/index.js';
import {
  byText,
  type Detail,
  type PictureColumn,
  type PictureTable,
  type Reference,
  type SchemaPicture,
  tableId,
} from './types.js';

/** A table with what belongs to it. */
interface Owned {
  readonly table: CatalogObject<'table'>;
  readonly columns: readonly CatalogObject<'column'>[];
  readonly constraints: readonly CatalogObject<'constraint'>[];
  readonly indexes: readonly CatalogObject<'index'>[];
  readonly others: readonly CatalogObject<'policy' | 'trigger'>[];
}

/** What a database holds, as a picture. Partitions are left out: their parent stands for them. Pure. */
export function pictureOfCatalog(catalog: Catalog): SchemaPicture {
  const tables = ownedTables(catalog);
  const byName = new Map(tables.map((owned) => [owned.table.name, owned]));
  return {
    tables: tables.map(tableOf).sort(byText(({ id }) => id)),
    references: tables
      .flatMap((owned) => referencesOf(owned, byName))
      .sort(byText(({ from, name }) => `${from} ${name}`)),
  };
}

function ownedTables(catalog: Catalog): readonly Owned[] {
  const parts = new Map<string, CatalogObject[]>();
  for (const object of catalog.values()) {
    if (object.of !== undefined) parts.set(object.of, [...(parts.get(object.of) ?? []), object]);
  }
  return [...catalog.values()].flatMap((table) => {
    if (table.kind !== 'table' || table.facts.type === 'partition') return [];
    const own = parts.get(table.key) ?? [];
    return {
      table,
      columns: own
        .flatMap((object) => (object.kind === 'column' ? object : []))
        .sort((a, b) => a.facts.position - b.facts.position),
      constraints: own.flatMap((object) => (object.kind === 'constraint' ? object : [])),
      indexes: own.flatMap((object) => (object.kind === 'index' ? object : [])),
      others: own.flatMap((object) => (object.kind === 'policy' || object.kind === 'trigger' ? object : [])),
    };
  });
}

function tableOf({ table, columns, constraints, indexes, others }: Owned): PictureTable {
  const primary = primaryKeyOf(constraints);
  const foreign = constraints.filter(({ facts }) => facts.type === 'foreign-key');
  const rest = constraints.filter(({ facts }) => facts.type !== 'foreign-key' && facts.type !== 'primary-key');
  const details: Detail[] = [
    ...rest.map(({ parts, facts, text }) => ({ name: `${facts.type} ${parts.at(-1)}`, definition: text })),
    ...[...indexes, ...others].map(({ kind, parts, text }) => ({ name: `${kind} ${parts.at(-1)}`, definition: text })),
  ];
  return {
    id: idOf(table),
    columns: columns.map(
      ({ facts, text }): PictureColumn => ({
        name: facts.column,
        type: facts.type,
        notNull: facts.notNull,
        isPrimaryKey: primary.includes(facts.column),
        isForeignKey: foreign.some((constraint) => constraint.facts.columns.includes(facts.column)),
        definition: text,
      }),
    ),
    details: details.sort(byText(({ name }) => name)),
  };
}

function referencesOf(
  { table, columns, constraints, indexes }: Owned,
  byName: ReadonlyMap<string, Owned>,
): readonly Reference[] {
  return constraints.flatMap(({ name, parts, facts, text }) => {
    const target = byName.get(facts.references ?? '');
    if (facts.type !== 'foreign-key' || !target) return [];
    return {
      name: parts.at(-1) ?? name,
      from: idOf(table),
      to: idOf(target.table),
      fromColumns: facts.columns,
      toColumns: targetColumns(text) ?? primaryKeyOf(target.constraints),
      isUnique: uniqueSets(constraints, indexes).some((set) => set.every((column) => facts.columns.includes(column))),
      isOptional: columns.some((column) => facts.columns.includes(column.facts.column) && !column.facts.notNull),
      definition: text,
    };
  });
}

function idOf({ parts: [schema = '', name = ''] }: CatalogObject): string {
  return tableId(schema, name);
}

function primaryKeyOf(constraints: Owned['constraints']): readonly string[] {
  return constraints.find(({ facts }) => facts.type === 'primary-key')?.facts.columns ?? [];
}

const NAMES = '(?:"(?:[^"]|"")+"|\\w+)(?:, (?:"(?:[^"]|"")+"|\\w+))*';

/** Columns that no two rows share. An index counts if it is on plain columns, and of all rows. */
function uniqueSets(constraints: Owned['constraints'], indexes: Owned['indexes']): readonly (readonly string[])[] {
  const named = constraints.filter(({ facts }) => facts.type === 'primary-key' || facts.type === 'unique');
  const plain = indexes.flatMap(({ facts }) => {
    const list = facts.unique && new RegExp(` USING btree \\((${NAMES})\\)$`).exec(facts.definition)?.[1];
    return list ? [namesIn(list)] : [];
  });
  return [...named.map(({ facts }) => facts.columns), ...plain];
}

/** `FOREIGN KEY (a) REFERENCES t(b, "c") ON …`. */
function targetColumns(definition: string): readonly string[] | undefined {
  const list = new RegExp(` REFERENCES (?:"(?:[^"]|"")+"|[^("])+\\((${NAMES})\\)`).exec(definition)?.[1];
  return list === undefined ? undefined : namesIn(list);
}

function namesIn(list: string): string[] {
  const names = list.match(/"(?:[^"]|"")+"|\w+/g) ?? [];
  return names.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name));
}
