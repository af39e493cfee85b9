// biome-ignore-all lint/suspicious/noExplicitAny: drizzle's builders are typed by all that they hold, and these are put together at random
import { sql } from 'drizzle-orm';
import * as pg from 'drizzle-orm/pg-core';
import fc from 'fast-check';

/** A schema as data, small enough for fast-check to shrink; `exportsOf` makes drizzle's objects of it. */
export interface Model {
  readonly mood: readonly string[];
  readonly roles: readonly string[];
  readonly sequence: { readonly increment: number; readonly cycle: boolean } | null;
  readonly tables: readonly TableModel[];
  readonly views: readonly ViewModel[];
}

export interface TableModel {
  readonly name: string;
  readonly inSchema: boolean;
  readonly key: 'serial' | 'integer' | 'identity' | 'none' | 'both';
  readonly columns: readonly ColumnModel[];
  readonly checks: readonly string[];
  readonly indexes: readonly {
    readonly column: number;
    readonly form: 'plain' | 'desc' | 'unique' | 'expression' | 'partial' | 'pair';
    readonly name: string;
  }[];
  readonly link: { readonly table: number; readonly onDelete: 'cascade' | 'set null' | 'no action' } | null;
  readonly policies: readonly {
    readonly name: string;
    readonly as: 'permissive' | 'restrictive';
    readonly for: 'all' | 'select' | 'update';
    readonly to: number | null;
  }[];
  readonly rls: boolean;
}

export interface ColumnModel {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly notNull: boolean;
  readonly withDefault: number | null;
  readonly unique: boolean;
  readonly upper: boolean;
}

export interface ViewModel {
  readonly name: string;
  readonly table: number;
  readonly filtered: boolean;
  readonly materialized: boolean;
}

type Builder = any;
type Mood = pg.PgEnum<[string, ...string[]]>;

/** A builder, and defaults that fit. */
const TYPES = {
  integer: { make: () => pg.integer(), defaults: [0, 7, sql`1 + 1`] },
  bigint: { make: () => pg.bigint({ mode: 'number' }), defaults: [0, 5] },
  text: { make: () => pg.text(), defaults: ['x', "it's; -- odd", sql`upper('a')`] },
  varchar: { make: () => pg.varchar({ length: 20 }), defaults: ['x'] },
  boolean: { make: () => pg.boolean(), defaults: [true, false] },
  timestamp: {
    make: () => pg.timestamp({ withTimezone: true }),
    defaults: [sql`now()`, sql`now() + interval '1 day'`],
  },
  numeric: { make: () => pg.numeric({ precision: 8, scale: 2 }), defaults: ['1.50'] },
  jsonb: { make: () => pg.jsonb(), defaults: [{ a: 1 }, []] },
  uuid: { make: () => pg.uuid(), defaults: [sql`gen_random_uuid()`] },
  integers: { make: () => pg.integer().array(), defaults: [[1, 2]] },
  mood: { make: (mood: Mood) => mood(), defaults: ['first'] },
  moods: { make: (mood: Mood) => mood().array(), defaults: [] },
  serial: { make: () => pg.serial(), defaults: [] },
  identity: { make: () => pg.integer().generatedByDefaultAsIdentity(), defaults: [] },
} as const satisfies Record<string, { readonly make: (mood: Mood) => Builder; readonly defaults: readonly unknown[] }>;

const TABLE_NAMES = ['songs', 'tracks', 'Albums', 'play lists'];
const COLUMN_NAMES = ['title', 'name', 'type', 'Order', 'song_key', 'a"b'];

const column: fc.Arbitrary<ColumnModel> = fc.record({
  name: fc.constantFrom(...COLUMN_NAMES),
  type: fc.constantFrom(...(Object.keys(TYPES) as (keyof typeof TYPES)[])),
  notNull: fc.boolean(),
  withDefault: fc.option(fc.nat(2)),
  unique: fc.boolean(),
  upper: fc.boolean(),
});

const table: fc.Arbitrary<TableModel> = fc.record({
  name: fc.constantFrom(...TABLE_NAMES),
  inSchema: fc.boolean(),
  key: fc.constantFrom('serial', 'integer', 'identity', 'none', 'both'),
  columns: fc.uniqueArray(column, { selector: ({ name }) => name, maxLength: 4 }),
  checks: fc.uniqueArray(fc.constantFrom('filled', 'odd', 'other'), { maxLength: 2 }),
  indexes: fc.uniqueArray(
    fc.record({
      column: fc.nat(3),
      form: fc.constantFrom('plain', 'desc', 'unique', 'expression', 'partial', 'pair'),
      name: fc.constantFrom('i', 'j', 'k;l'),
    }),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
  link: fc.option(fc.record({ table: fc.nat(3), onDelete: fc.constantFrom('cascade', 'set null', 'no action') })),
  policies: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('p', 'q'),
      as: fc.constantFrom('permissive', 'restrictive'),
      for: fc.constantFrom('all', 'select', 'update'),
      to: fc.option(fc.nat(1)),
    }),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
  rls: fc.boolean(),
}) as fc.Arbitrary<TableModel>;

export const model: fc.Arbitrary<Model> = fc.record({
  mood: fc.shuffledSubarray(['sad', 'glad', "it's", 'mad'], { minLength: 0 }),
  roles: fc.subarray(['prop_reader', 'prop_writer']),
  sequence: fc.option(fc.record({ increment: fc.constantFrom(1, 2, -1), cycle: fc.boolean() })),
  tables: fc.uniqueArray(table, { selector: ({ name, inSchema }) => `${inSchema} ${name}`, maxLength: 3 }),
  views: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('v', 'w'),
      table: fc.nat(3),
      filtered: fc.boolean(),
      materialized: fc.boolean(),
    }),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
});

/** Two schemas: the second made of the first by a few changes, or wholly another. */
export const pair: fc.Arbitrary<readonly [Model, Model]> = fc.oneof(
  fc.tuple(model, model),
  fc.tuple(model, model, fc.nat(7)).map(([a, b, which]): readonly [Model, Model] => [
    a,
    {
      ...a,
      ...(which & 1 && { mood: b.mood }),
      ...(which & 2 && { views: b.views, sequence: b.sequence, roles: b.roles }),
      ...(which & 4 && { tables: mixed(a.tables, b.tables) }),
    },
  ]),
);

/** The tables of `a`, each with some of its parts as in one of `b`. */
function mixed(a: readonly TableModel[], b: readonly TableModel[]): readonly TableModel[] {
  return a.map((table, index) => {
    const other = b[index];
    if (!other) return table;
    const columns = [
      ...other.columns.filter(({ name }) => table.columns.some((known) => known.name === name)),
      ...table.columns.filter(({ name }) => !other.columns.some((known) => known.name === name)),
    ];
    return { ...other, name: table.name, inSchema: table.inSchema, columns: other.rls ? other.columns : columns };
  });
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

export function exportsOf({ mood: values, roles: roleNames, sequence, tables, views }: Model): Record<string, unknown> {
  const app = pg.pgSchema('app');
  const mood = values.length > 0 ? (pg.pgEnum('mood', values as [string, ...string[]]) as Mood) : undefined;
  const roles = roleNames.map((name) => pg.pgRole(name, { createDb: values.length > 2 }));
  const made: Builder[] = [];
  for (const model of tables) made.push(makeTable(model, { app, mood, roles, tables, made }));
  return {
    ...(tables.some(({ inSchema }) => inSchema) && { app }),
    ...(mood && { mood }),
    ...Object.fromEntries(roles.map((role, index) => [`role${index}`, role])),
    ...(sequence && { sequence: pg.pgSequence('numbers', { increment: sequence.increment, cycle: sequence.cycle }) }),
    ...Object.fromEntries(made.map((table, index) => [`table${index}`, table])),
    ...Object.fromEntries(views.flatMap((view, index) => makeView(view, index, tables))),
  };
}

interface Around {
  readonly app: pg.PgSchema;
  readonly mood: Mood | undefined;
  readonly roles: readonly pg.PgRole[];
  readonly tables: readonly TableModel[];
  readonly made: readonly Builder[];
}

function columnsOf(model: TableModel, mood: Mood | undefined): ColumnModel[] {
  return model.columns.filter(({ type }) => mood !== undefined || (type !== 'mood' && type !== 'moods'));
}

function makeTable(model: TableModel, { app, mood, roles, tables, made }: Around): Builder {
  const columns: Record<string, Builder> = {};
  if (model.key === 'serial') columns.id = pg.serial().primaryKey();
  if (model.key === 'integer' || model.key === 'both')
    columns.id = model.key === 'both' ? pg.integer().notNull() : pg.integer().primaryKey();
  if (model.key === 'both') columns.id2 = pg.integer();
  if (model.key === 'identity') columns.id = pg.integer().primaryKey().generatedAlwaysAsIdentity();
  const list = columnsOf(model, mood);
  for (const { name, type, notNull, withDefault, unique } of list) {
    let builder: Builder = TYPES[type].make(mood as Mood);
    const defaults: readonly unknown[] = type === 'mood' ? [mood?.enumValues[0]] : TYPES[type].defaults;
    if (withDefault !== null && defaults.length > 0) builder = builder.default(defaults[withDefault % defaults.length]);
    if (notNull) builder = builder.notNull();
    if (unique && type !== 'jsonb') builder = builder.unique();
    columns[name] = builder;
  }
  const texts = list.filter(({ type }) => type === 'text' || type === 'varchar');
  const [text] = texts;
  if (text?.upper) columns.generated = pg.text().generatedAlwaysAs(sql.raw(`upper(${quoted(text.name)})`));
  const target = model.link ? tables[model.link.table] : undefined;
  const targetTable = model.link ? made[model.link.table] : undefined;
  if (model.link && target && targetTable && ['serial', 'integer', 'identity'].includes(target.key))
    columns.link = pg.integer().references(() => targetTable.id, { onDelete: model.link.onDelete });
  const create = (model.inSchema ? app.table : pg.pgTable) as Builder;
  const table = create(model.name, columns, (t: Builder) => {
    const extra: unknown[] = [];
    if (model.key === 'both') extra.push(pg.primaryKey({ columns: [t.id, t.id2] }));
    for (const name of model.checks)
      if (list[0])
        extra.push(
          pg.check(
            `${name}_${model.name}`,
            name === 'odd' ? sql`${t[list[0].name]}::text <> ';--'` : sql`${t[list[0].name]} is not null`,
          ),
        );
    for (const { column, form, name } of model.indexes) {
      const first = list[column];
      const last = list.at(-1);
      if (!first || !last || first.type === 'jsonb' || last.type === 'jsonb') continue;
      const one = t[first.name];
      const full = `${name}_${model.name}`;
      if (form === 'plain') extra.push(pg.index(full).on(one));
      if (form === 'desc') extra.push(pg.index(full).on(one.desc().nullsLast()));
      if (form === 'unique') extra.push(pg.uniqueIndex(full).on(one));
      if (form === 'pair' && first !== last) extra.push(pg.index(full).on(one, t[last.name]));
      if (form === 'partial') extra.push(pg.index(full).on(one).where(sql`${one} is not null`));
      if (form === 'expression' && text) extra.push(pg.index(full).on(sql`replace(${t[text.name]}, '--', ';')`));
    }
    for (const policy of model.policies) {
      const role = policy.to === null ? undefined : roles[policy.to];
      extra.push(
        pg.pgPolicy(policy.name, {
          as: policy.as,
          for: policy.for,
          ...(role && { to: role }),
          using: text ? sql`${t[text.name]} <> ';--'` : sql`true`,
        }),
      );
    }
    return extra as never;
  });
  return model.rls ? table.enableRLS() : table;
}

function makeView(
  { name, table, filtered, materialized }: ViewModel,
  index: number,
  tables: readonly TableModel[],
): [string, unknown][] {
  const model = tables[table];
  const [first] = model ? model.columns.filter(({ type }) => type !== 'mood' && type !== 'moods') : [];
  if (!model || !first) return [];
  const from = `${model.inSchema ? 'app' : 'public'}.${quoted(model.name)}`;
  const query = sql.raw(
    `select ${quoted(first.name)} as x from ${from}${filtered ? ` where ${quoted(first.name)} is not null` : ''}`,
  );
  const columns = { x: pg.text() };
  return [
    [
      `view${index}`,
      materialized ? pg.pgMaterializedView(name, columns).as(query) : pg.pgView(name, columns).as(query),
    ],
  ];
}
