import { describe, expect, test } from 'vitest';
import { compareCatalogs, hashCatalog, topDifferences } from './compare.js';
import { withoutIgnored } from './ignore.js';
import { catalogKey, objectName } from './key.js';
import type { Catalog, CatalogKind, CatalogObject } from './types.js';

/** `kind:name text`, and `< key` for what it belongs to. */
function catalog(...lines: readonly string[]): Catalog {
  return new Map(
    lines.map((line) => {
      const [, key = '', text = '', of] = /^(\S+) (.*?)(?: < (\S+))?$/.exec(line) ?? [];
      const [kind = '', name = ''] = key.split(':');
      const object = {
        key,
        kind: kind as CatalogKind,
        name,
        schema: name.split('.')[0] ?? '',
        text,
        facts: {},
        ...(of && { of }),
      };
      return [key, object as unknown as CatalogObject];
    }),
  );
}

describe('comparing', () => {
  const a = catalog(
    'table:public.a table',
    'column:public.a.x text < table:public.a',
    'column:public.a.y text < table:public.a',
  );

  test.each([
    ['equal ones', a, []],
    ['equal ones in another order', new Map([...a].reverse()), []],
    [
      'another text',
      new Map([...a, ...catalog('column:public.a.x integer < table:public.a')]),
      ['changed column:public.a.x text -> integer'],
    ],
    [
      'one less and one more',
      new Map([...a, ...catalog('view:public.v SELECT')].filter(([key]) => key !== 'column:public.a.x')),
      ['missing column:public.a.x text -> -', 'unexpected view:public.v - -> SELECT'],
    ],
  ] as const)('%s', (_, b: Catalog, expected) => {
    const found = compareCatalogs(a, b).map(
      (it) => `${it.change} ${it.key} ${it.expected ?? '-'} -> ${it.actual ?? '-'}`,
    );
    expect(found).toEqual(expected);
    expect(hashCatalog(a) === hashCatalog(b)).toBe(expected.length === 0);
  });

  test('for people, what follows from a missing table is left out', () => {
    const b = catalog('table:public.b table', 'column:public.b.x text < table:public.b');
    expect(topDifferences(compareCatalogs(a, b)).map(({ change, key }) => `${change} ${key}`)).toEqual([
      'missing table:public.a',
      'unexpected table:public.b',
    ]);
  });

  test('for people, what follows from the same difference of a parent table is left out', () => {
    const column = (table: string, text: string, inheritedFrom?: string) => {
      const [[key, object] = []] = catalog(`column:public.${table}.x ${text} < table:public.${table}`);
      return [key, { ...object, facts: inheritedFrom ? { inheritedFrom } : {} }] as [string, CatalogObject];
    };
    const both = (text: string, own = text) =>
      new Map([
        column('whole', text),
        column('part', text, 'column:public.whole.x'),
        column('other', own, 'column:public.whole.x'),
      ]);
    const shown = (a: Catalog, b: Catalog) => topDifferences(compareCatalogs(a, b)).map(({ key }) => key);
    expect(shown(both('integer'), both('bigint'))).toEqual(['column:public.whole.x']);
    expect(shown(new Map(), both('bigint'))).toEqual(['column:public.whole.x']);
    expect(shown(both('integer'), both('bigint', 'bigint default 1'))).toEqual([
      'column:public.other.x',
      'column:public.whole.x',
    ]);
  });
});

test.each([
  ['a schema', ['pgboss'], ['table:public.a', 'column:public.a.x', 'comment:column:public.a.x']],
  ['schemas', ['p*'], []],
  ['a table with its columns', ['table:public.*'], ['table:pgboss.job']],
  ['columns', ['column:*.x'], ['table:public.a', 'table:pgboss.job']],
  ['what is not there', ['table:public.', 'PGBOSS', 'boss', '.*'], undefined],
])('ignoring %s', (_, ignore, kept) => {
  const all = [
    ...catalog('table:public.a table', 'column:public.a.x text < table:public.a', 'table:pgboss.job table').values(),
    { key: 'comment:column:public.a.x', schema: 'public', of: 'column:public.a.x' } as CatalogObject,
  ];
  expect(
    withoutIgnored(all, { ignore })
      .map(({ key }) => key)
      .sort(),
  ).toEqual((kept ?? all.map(({ key }) => key)).toSorted());
});

test.each([
  [['public', 'songs'], 'public.songs'],
  [['public', 'Songs and more'], 'public.Songs and more'],
  [['a.b', 'c'], '"a.b".c'],
  [['a', 'b.c'], 'a."b.c"'],
  [['a"b', ''], '"a""b".""'],
])('the name of %j', (parts, name) => {
  expect(objectName(...parts)).toBe(name);
  expect(catalogKey('table', ...parts)).toBe(`table:${name}`);
});
