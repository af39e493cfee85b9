import { quoteIdent } from '../sql/quote.js';
import {
  alterRole,
  createEnum,
  createRole,
  createSequence,
  defaultSql,
  enumLabel,
  qualified,
  relation,
  sequenceOptions,
  turned,
} from './ddl.js';
import type { Item, ItemOf, Kind } from './items.js';
import type { Operation } from './operations.js';
import { isOf, isRestored, type Scene, tableOf } from './scene.js';
import type { Enum, Sequence } from './snapshot.js';
import { enumKeyOf, isArray } from './types.js';

/** New schemas, which come before everything: a table may be moved to one by a rename. */
export function schemasFor({ changes }: Scene): Operation[] {
  return changes.created.filter(isOf('schema')).map(({ name }) => ({ sql: `CREATE SCHEMA ${quoteIdent(name)}` }));
}

export function makeTypes(scene: Scene): Operation[] {
  const { created, altered, swapped } = scene.changes;
  const made = (item: Item): readonly string[] => {
    const back = scene.forms.parked?.(item.key);
    if (back) return back;
    switch (item.kind) {
      case 'role':
        return [createRole(item.data)];
      case 'enum':
        return [createEnum(item.data)];
      case 'sequence':
        return [createSequence(item.data)];
      default:
        return [];
    }
  };
  const changed = altered.flatMap(({ from, to }): string[] => {
    if (to.kind === 'role') return [alterRole(to.data)];
    if (from.kind === 'sequence' && to.kind === 'sequence') return [alterSequence(from.data, to.data)];
    if (from.kind === 'enum' && to.kind === 'enum' && !swapped.has(to.key)) return addValues(from.data, to.data);
    return [];
  });
  const ranks: readonly Kind[] = ['role', 'enum', 'sequence'];
  return [...ranks.flatMap((kind) => created.filter((item) => item.kind === kind).flatMap(made)), ...changed].map(
    (sql) => ({ sql }),
  );
}

function alterSequence(from: Sequence, sequence: Sequence): string {
  const { minValue, maxValue } = sequence;
  const limits = [minValue === undefined && 'NO MINVALUE', maxValue === undefined && 'NO MAXVALUE'].filter(Boolean);
  return [
    'ALTER SEQUENCE',
    qualified(sequence),
    ...limits,
    ...sequenceOptions(sequence),
    ...turned(from, sequence),
  ].join(' ');
}

function addValues(from: Enum, to: Enum): string[] {
  const known = [...from.values];
  return to.values.flatMap((value, index) => {
    if (known.includes(value)) return [];
    const next = to.values.slice(index + 1).find((other) => known.includes(other));
    known.push(value);
    return [
      `ALTER TYPE ${qualified(to)} ADD VALUE ${enumLabel(value)}${next === undefined ? '' : ` BEFORE ${enumLabel(next)}`}`,
    ];
  });
}

export const oldEnum = (type: Enum) => ({ schema: type.schema, name: `${type.name.slice(0, 57)}__old` });

/** Postgres cannot take a value out of an enum: the type makes room for a new one, and columns change over. */
export function swapEnums({ changes, after, forms }: Scene): Operation[] {
  return [...changes.swapped].flatMap((key): Operation[] => {
    const from = changes.before.get(key);
    const to = changes.after.get(key);
    if (from?.kind !== 'enum' || to?.kind !== 'enum') return [];
    const type = qualified(to.data);
    const removed = from.data.values.filter((value) => !to.data.values.includes(value));
    // What was parked comes back with the old type, whatever it is by now.
    const columns = [...changes.after.values()].filter(isOf('column')).flatMap((item) => {
      if (`enum:${enumKeyOf(item.data)}` !== key) return [];
      if (isRestored(item, forms)) return [{ old: item, item }];
      const old = changes.before.get(item.key);
      const isKept =
        old?.kind === 'column' && old.data.type === item.data.type && old.data.typeSchema === item.data.typeSchema;
      return isKept ? [{ old, item }] : [];
    });
    const alter = (item: ItemOf<'column'>, what: string) =>
      `ALTER TABLE ${relation(tableOf(after, item as Item))} ALTER COLUMN ${quoteIdent(item.name)} ${what}`;
    const mayFail =
      removed.length > 0 ? { mayFail: `a row that still has ${removed.map(enumLabel).join(' or ')} stops it` } : {};
    return [
      ...columns.flatMap(({ old }) => (old.data.default === undefined ? [] : [{ sql: alter(old, 'DROP DEFAULT') }])),
      { sql: `ALTER TYPE ${type} RENAME TO ${quoteIdent(oldEnum(to.data).name)}` },
      { sql: createEnum(to.data) },
      ...columns.map(({ item }): Operation => {
        const array = isArray(item.data) ? '[]' : '';
        return {
          sql: alter(
            item,
            `SET DATA TYPE ${type}${array} USING ${quoteIdent(item.name)}::text${array}::${type}${array}`,
          ),
          ...mayFail,
        };
      }),
      ...columns.flatMap(({ item, old }) =>
        item.data.default === undefined || old.data.default === undefined
          ? []
          : [{ sql: alter(item, `SET DEFAULT ${defaultSql(item.data.default)}`) }],
      ),
    ];
  });
}
