import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDiagram } from '../../src/api/diagram.js';
import type { Box, Line } from '../../src/diagram/boxes.js';
import { renderMermaid, renderSvg, type SchemaPicture } from '../../src/diagram/index.js';
import { placeBoxes } from '../../src/diagram/layout.js';
import { makeRepository } from '../git/repository.js';
import { openPage } from '../setup/chromium.js';
import { runCli } from '../setup/cli.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { makeFolder, makeProject } from '../setup/project.js';

const SONGS = `import { integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
export const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull() });
export const songs = pgTable('songs', {
  id: integer().primaryKey(), title: text(), owner: integer().references(() => users.id), plays: integer(),
});
export const settings = pgTable('settings', { owner: integer().notNull().references(() => users.id) }, (t) => [uniqueIndex('one_each').on(t.owner)]);\n`;

const LATER = `import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
export const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull() });
export const songs = pgTable('songs', {
  id: integer().primaryKey(), title: text().notNull(), owner: integer().references(() => users.id), plays: bigint({ mode: 'number' }),
});
export const tags = pgTable('tags', { id: integer().primaryKey(), song: integer().notNull().references(() => songs.id) });\n`;

test('the change since a revision marks what came, what went and what is different', async () => {
  const project = await makeRepository();
  await project.generate('add_songs', { 'schema/all.ts': SONGS });
  project.git('tag', 'v1');
  await project.generate('add_tags', { 'schema/all.ts': LATER }, '--no-renames', '--plain');
  const plain = await project.run('diagram');
  expect(plain.out).toBe(`erDiagram
  "users" |o--o{ "songs" : "owner"
  "songs" ||--o{ "tags" : "song"
  "songs" {
    integer id PK
    text title "not null"
    integer owner FK
    bigint plays
  }
  "tags" {
    integer id PK
    integer song FK "not null"
  }
  "users" {
    integer id PK
    text email "not null"
  }
`);
  const change = await project.run('diagram', '--since', 'v1');
  expect(change.out).toBe(`erDiagram
  "users" ||--o| "settings" : "owner (removed)"
  "users" |o--o{ "songs" : "owner"
  "songs" ||--o{ "tags" : "song (added)"
  "settings":::removed {
    integer owner FK "not null"
  }
  "songs":::changed {
    integer id PK
    text title "changed from text, not null"
    integer owner FK
    bigint plays "changed from integer"
  }
  "tags":::added {
    integer id PK
    integer song FK "not null"
  }
  "users" {
    integer id PK
    text email "not null"
  }
  classDef added stroke:#1a7f37,stroke-width:3px
  classDef changed stroke:#9a6700,stroke-width:3px
  classDef removed stroke:#cf222e,stroke-width:3px,stroke-dasharray:6 4
`);
  expect((await project.run('diagram', '--since', 'HEAD')).out).toBe('erDiagram\n');
  expect((await project.run('diagram', '--from', 'schema')).out).toBe(plain.out);
  const replayed = await project.run('diagram', '--from', 'replay', '--scratch-url', serverUrl());
  expect(replayed.out).toBe(plain.out);
  const unknown = await project.run('diagram', '--since', 'v9');
  expect([unknown.exitCode, unknown.err]).toEqual([2, expect.stringContaining('git knows no revision `v9` here')]);
}, 60_000);

test('--check finds what is stale, and what was written is current', async () => {
  const project = await makeRepository();
  await project.generate('add_songs', { 'schema/all.ts': SONGS });
  expect((await project.run('diagram', '--out', 'docs', '--check')).exitCode).toBe(5);
  const written = await project.run('diagram', '--out', 'docs');
  expect([written.exitCode, written.out]).toEqual([
    0,
    'Written: 3 tables, 2 foreign keys.\n  docs/schema.svg\n  docs/schema.mmd\n',
  ]);
  const path = join(project.root, 'docs/schema.mmd');
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
  expect((await project.run('diagram', '--out', 'docs', '--check')).out).toBe(
    'The diagram in docs is up to date: 3 tables, 2 foreign keys.\n',
  );
  await project.generate('add_tags', { 'schema/all.ts': LATER }, '--no-renames', '--plain');
  const stale = await project.run('diagram', '--out', 'docs', '--check', '--json');
  expect([stale.exitCode, stale.json]).toEqual([
    5,
    { command: 'diagram', ok: false, tables: 3, foreignKeys: 2, stale: ['docs/schema.svg', 'docs/schema.mmd'] },
  ]);
  const alone = await runCli(project.root, 'diagram', '--check');
  expect([alone.exitCode, alone.err]).toEqual([
    2,
    expect.stringContaining('`--check` needs the folder of the diagram.'),
  ]);
}, 60_000);

test('a database is drawn with its keys, whatever their names; partitions stand behind their parent', async () => {
  const database = await createDatabase();
  await database.query(`create schema audit; create table users (id int primary key);
    create table "Odd ""name" ("a, b" int, "c)d" int, primary key ("a, b", "c)d"));
    create table audit.entries (id int primary key references users, at timestamptz not null, one int, two int,
      foreign key (two, one) references "Odd ""name" ("c)d", "a, b")) ;
    create table parts (id int) partition by range (id); create table parts_1 partition of parts for values from (1) to (2);
    create table tree (id int primary key, parent int references tree);`);
  const { root } = makeProject(database, {});
  const project = { root, migrationsFolder: join(root, 'drizzle'), relativeTo: root } as never;
  const picture = await readDiagram(project, { from: 'database', database: database.url });
  expect(picture.tables.map(({ id }) => id)).toEqual(['Odd "name', 'audit.entries', 'parts', 'tree', 'users']);
  expect(picture.references.map(({ definition: _, name: __, ...rest }) => rest)).toEqual([
    { from: 'audit.entries', to: 'users', fromColumns: ['id'], toColumns: ['id'], isUnique: true, isOptional: false },
    {
      ...{ from: 'audit.entries', to: 'Odd "name', fromColumns: ['two', 'one'], toColumns: ['c)d', 'a, b'] },
      ...{ isUnique: false, isOptional: true },
    },
    { from: 'tree', to: 'tree', fromColumns: ['parent'], toColumns: ['id'], isUnique: false, isOptional: true },
  ]);
});

const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.constantFrom('a b', '"', '<&>', '%', '{}', '1x', '7', 'PK', '~', 'toString', '__proto__', 'constructor'),
);

test('any name gives well-formed SVG, and Mermaid within its rules for names', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
      fc.array(name, { maxLength: 6 }),
      (ids, names) => {
        const columns = names.map((text) => ({
          ...{ name: text, type: text, notNull: false, isPrimaryKey: false, isForeignKey: false, definition: '' },
        }));
        const tables = [...ids].sort().map((id) => ({ id, columns, details: [] }));
        const first = ids[0] ?? '';
        const references = ids.map((id) => ({
          ...{ name: id, from: id, to: first, fromColumns: names, toColumns: names, definition: '' },
          ...{ isUnique: false, isOptional: false },
        }));
        const picture: SchemaPicture = { tables, references };
        const svg = renderSvg(picture, first);
        expect(svg).toBe(renderSvg(picture, first));
        expect(svg.replace(/<[^<>"]*(?:"[^"<>]*"[^<>"]*)*>/g, '')).not.toMatch(/[<]|&(?!amp;|lt;|gt;|quot;)/);
        for (const line of renderMermaid(picture).trimEnd().split('\n'))
          expect(line).toMatch(
            /^(?:erDiagram|\s+\}|\s+"[^"%\\]+" (?:\{|\|\|--o\{ "[^"%\\]+" : "[^"\\]*")|\s+[A-Za-z_\u00c0-\uffff][\w()[\]\u00c0-\uffff-]* [A-Za-z_\u00c0-\uffff][\w()[\]\u00c0-\uffff-]*(?: "[^"]*")?)$/,
          );
      },
    ),
    { numRuns: 200 },
  );
});

test('no two boxes overlap, however tables hang together', () => {
  const graph = fc.integer({ min: 1, max: 40 }).chain((count) =>
    fc.record({
      sizes: fc.array(
        fc.record({ width: fc.integer({ min: 140, max: 400 }), height: fc.integer({ min: 40, max: 500 }) }),
        {
          minLength: count,
          maxLength: count,
        },
      ),
      ends: fc.array(fc.tuple(fc.nat(count - 1), fc.oneof(fc.constant(0), fc.nat(count - 1))), {
        maxLength: count * 2,
      }),
    }),
  );
  fc.assert(
    fc.property(graph, ({ sizes, ends }) => {
      const boxes: Box[] = sizes.map((size, index) => ({ id: `t${index}`, ...size }));
      const lines: Line[] = ends.map(([from, to], index) => ({ from: `t${to}`, to: `t${from}`, name: `l${index}` }));
      const { boxes: placed, width, height } = placeBoxes(boxes, lines);
      const areas = boxes.map((box) => ({ ...box, ...(placed.get(box.id) ?? { x: Number.NaN, y: Number.NaN }) }));
      for (const a of areas) {
        expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width + 1 && a.y + a.height <= height + 1).toBe(true);
        for (const b of areas) {
          if (a.id >= b.id) continue;
          const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          expect([a, b, apart]).toEqual([a, b, true]);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('a browser opens it, and sees text where names try to be more', async () => {
  const attack = `</text><script>document.documentElement.setAttribute('data-taken', '1')</script>`;
  const column = { type: 'text', notNull: true, isPrimaryKey: true, isForeignKey: false, definition: '' };
  const picture: SchemaPicture = {
    tables: [{ id: attack, columns: [{ ...column, name: attack }], details: [] }],
    references: [],
  };
  const path = join(makeFolder(), 'schema.svg');
  writeFileSync(path, renderSvg(picture, attack));
  const { dom, console } = openPage(path);
  expect(console).toEqual([]);
  expect(dom).toContain('&lt;script&gt;');
  expect(dom).not.toMatch(/<script|data-taken="/);
}, 120_000);
