import type { Catalog, CatalogKind, CatalogObject } from '../catalog/index.js';
import { columnChanges } from './columns.js';
import { gone } from './gone.js';
import type { CompatibilityChange } from './types.js';

/**
 * What the users of the schema `before` would stop being able to do with `after`, in the order of the objects. Both catalogs
 * read with the same options, parked things left out: what is parked is gone for them.
 */
export function compatibilityChanges(before: Catalog, after: Catalog): readonly CompatibilityChange[] {
  return [
    ...gone(before, after),
    ...pairs(before, after, 'column').flatMap(([old, now]) => columnChanges(old, now)),
    ...newColumns(before, after),
    ...pairs(before, after, 'enum').flatMap(([old, now]) =>
      old.facts.values
        .filter((value) => !now.facts.values.includes(value))
        .map(
          (value): CompatibilityChange => ({
            effect: 'breaks',
            kind: 'value-gone',
            object: old.name,
            message: `The enum ${old.name} has no value '${value}' any more.`,
          }),
        ),
    ),
    ...newRules(before, after),
    ...redefined(before, after),
  ];
}

/** An object before and after. */
type Pair<K extends CatalogKind> = readonly [CatalogObject<K>, CatalogObject<K>];

function ofKind<K extends CatalogKind>(catalog: Catalog, kind: K): CatalogObject<K>[] {
  // A check of `kind` narrows the union for a kind that is named, and not for one that is a parameter.
  return [...catalog.values()].filter((object) => object.kind === kind) as unknown as CatalogObject<K>[];
}

function pairs<K extends CatalogKind>(before: Catalog, after: Catalog, kind: K): Pair<K>[] {
  const now = new Map(ofKind(after, kind).map((object) => [object.key, object]));
  return ofKind(before, kind).flatMap((old): Pair<K>[] => {
    const same = now.get(old.key);
    return same ? [[old, same]] : [];
  });
}

/** A column that a release does not know it cannot fill. */
function newColumns(before: Catalog, after: Catalog): CompatibilityChange[] {
  return ofKind(after, 'column')
    .filter(({ key, of = '' }) => !before.has(key) && before.has(of))
    .filter(({ facts }) => facts.notNull && facts.default === undefined && !facts.generated && !facts.identity)
    .map(({ name }) => ({
      effect: 'breaks',
      kind: 'required',
      object: name,
      message: `The new column ${name} is NOT NULL without a default: an INSERT that does not know it fails.`,
    }));
}

/** Rules over columns that were there: the rows that a release writes may not keep to them. */
function newRules(before: Catalog, after: Catalog): CompatibilityChange[] {
  const tableOf = ({ of = '' }: CatalogObject) => after.get(of);
  const old = new Set(ofKind(before, 'constraint').map(({ of, text }) => `${of} ${text}`));
  const constraints = ofKind(after, 'constraint')
    .filter((rule) => before.has(rule.of ?? '') && before.get(rule.key)?.text !== rule.text)
    .filter(({ facts, of = '' }) => {
      const table = before.get(of);
      const known = facts.columns.filter((column) => hasColumn(before, table, column));
      return facts.columns.length === 0 || known.length > 0;
    })
    // Validated now: the rows that come were checked before. Renamed: so they were.
    .filter(({ key, text, of }) => before.get(key)?.text !== `${text} NOT VALID` && !old.has(`${of} ${text}`))
    .map((rule): CompatibilityChange => {
      const what = {
        check: 'CHECK',
        'foreign-key': 'FOREIGN KEY',
        'primary-key': 'PRIMARY KEY',
        unique: 'UNIQUE',
        exclusion: 'EXCLUDE',
      };
      return refusal(rule.name, `${what[rule.facts.type]} ${rule.parts.at(-1)} on ${tableOf(rule)?.name ?? rule.name}`);
    });
  const indexes = ofKind(after, 'index')
    .filter(({ key, of = '', facts }) => facts.unique && !before.has(key) && before.has(of))
    .map((index) => refusal(index.name, `The unique index ${index.name} on ${tableOf(index)?.name ?? index.name}`));
  const domains = pairs(before, after, 'domain').flatMap(([old, now]) => [
    ...(old.facts.type === now.facts.type
      ? []
      : [
          {
            effect: 'breaks',
            kind: 'type-changed',
            object: old.name,
            message: `The domain ${old.name} is ${now.facts.type} instead of ${old.facts.type}.`,
          } as const,
        ]),
    ...(now.facts.checks.some((check) => !old.facts.checks.includes(check)) || (now.facts.notNull && !old.facts.notNull)
      ? [refusal(old.name, `The domain ${old.name} is stricter: it`)]
      : []),
  ]);
  return [...constraints, ...indexes, ...domains];
}

function hasColumn(catalog: Catalog, table: CatalogObject | undefined, column: string): boolean {
  return [...catalog.values()].some(
    ({ kind, of, parts }) => kind === 'column' && of === table?.key && parts.at(-1) === column,
  );
}

function refusal(object: string, rule: string): CompatibilityChange {
  return {
    effect: 'may-refuse',
    kind: 'rule-added',
    object,
    message: `${rule} refuses rows that were taken before.`,
  };
}

/** What is still there by its name, and may be something else. */
function redefined(before: Catalog, after: Catalog): CompatibilityChange[] {
  const hidden = pairs(before, after, 'table')
    .filter(([old, now]) => now.facts.rowSecurity && !old.facts.rowSecurity)
    .map(
      ([{ name }]): CompatibilityChange => ({
        effect: 'breaks',
        kind: 'hidden',
        object: name,
        message: `Row level security is on for ${name}: without a policy that lets them through, all rows are hidden from everybody but its owner.`,
      }),
    );
  const views = [...pairs(before, after, 'view'), ...pairs(before, after, 'materialized-view')]
    .filter(([old, now]) => old.text !== now.text)
    .map(
      ([{ name }]): CompatibilityChange => ({
        effect: 'may-refuse',
        kind: 'redefined',
        object: name,
        message: `The view ${name} has another definition: what reads it may find other columns or rows.`,
      }),
    );
  return [...hidden, ...views];
}
