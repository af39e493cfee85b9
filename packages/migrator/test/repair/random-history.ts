import fc from 'fast-check';
import { sha256 } from '../../src/core/hash.js';
import type { MigrationFile } from '../setup/project.js';
import { type Entry, type Folder, stamp } from './harness.js';

/** A history, how far a database has come, and what then happened to the folder and to the tracking rows. */
export interface Case {
  readonly steps: readonly { readonly kind: (typeof KINDS)[number]; readonly on: number }[];
  /** How many are applied before anything is broken. */
  readonly applied: number;
  /** Applied by drizzle-kit, which has no log. */
  readonly withoutLog: boolean;
  readonly faults: readonly { readonly name: FaultName; readonly at: number }[];
}

const ROWS = 'drizzle.__drizzle_migrations';

const KINDS = ['table', 'column', 'index', 'enum', 'rows'] as const;

/** What each migration does rests on the tables before it only. */
export function historyOf({ steps }: Case): MigrationFile[] {
  const tables: string[] = [];
  return steps.map(({ kind, on }, n) => {
    const table = tables[on % Math.max(1, tables.length)];
    const tag = (name: string) => `${String(n).padStart(4, '0')}_${name}_${n}`;
    const file = (name: string, sql: string) => ({ tag: tag(name), sql: `${sql}\n`, when: stamp(n) });
    if (kind === 'enum') return file('mood', `create type "mood_${n}" as enum ('a', 'b');`);
    if (kind === 'table' || table === undefined) {
      tables.push(`t_${n}`);
      return file('table', `create table "t_${n}" ("id" int primary key);`);
    }
    if (kind === 'column') return file('column', `alter table "${table}" add column "c_${n}" text;`);
    if (kind === 'index') return file('index', `create index "i_${n}" on "${table}" ("id");`);
    return file('rows', `insert into "${table}" values (${n + 100});`);
  });
}

/** What drizzle-kit leaves of migrations: their rows, and no log. */
export function asDrizzleKitApplies(migrations: readonly MigrationFile[]): string {
  const rows = migrations.map(({ sql, when }) => `('${sha256(sql)}', ${when})`);
  return [
    ...migrations.map(({ sql }) => sql),
    'create schema drizzle;',
    `create table ${ROWS} (id serial primary key, hash text not null, created_at bigint);`,
    `insert into ${ROWS} (hash, created_at) values ${rows.join(', ')}`,
  ].join('\n');
}

export interface Place {
  readonly folder: Folder;
  readonly history: readonly MigrationFile[];
  readonly query: (sql: string) => Promise<unknown>;
  readonly at: number;
}

function changed(at: number, change: (entry: Entry) => Partial<Record<keyof Entry, unknown>>) {
  return (entries: Entry[]) =>
    entries.map((entry, index) => (index === at % entries.length ? { ...entry, ...change(entry) } : entry));
}

const fileOf = ({ history, at }: Place) => `${history[at % history.length]?.tag}.sql`;

/** Each may find the folder broken already by one before it; then it does nothing. */
const FAULTS = {
  comma: ({ folder }: Place) =>
    folder.write('meta/_journal.json', folder.read('meta/_journal.json').replace(/\n {2}\]/, ',\n  ]')),
  comment: ({ folder }: Place) => folder.write('meta/_journal.json', `// ours\n${folder.read('meta/_journal.json')}`),
  cut: ({ folder, at }: Place) => {
    const text = folder.read('meta/_journal.json');
    folder.write('meta/_journal.json', text.slice(0, Math.floor(text.length * ((1 + (at % 9)) / 10))));
  },
  'no journal': ({ folder }: Place) => folder.remove('meta/_journal.json'),
  'file gone': (place: Place) => place.folder.remove(fileOf(place)),
  'file and entry gone': (place: Place) => {
    place.folder.journal((entries) => entries.filter(({ tag }) => `${tag}.sql` !== fileOf(place)));
    place.folder.remove(fileOf(place));
  },
  'entry gone': (place: Place) =>
    place.folder.journal((entries) => entries.filter(({ tag }) => `${tag}.sql` !== fileOf(place))),
  'other case': (place: Place) =>
    place.folder.rename(fileOf(place), fileOf(place).toUpperCase().replace('.SQL', '.sql')),
  renamed: (place: Place) => place.folder.rename(fileOf(place), fileOf(place).replace('.sql', '_anew.sql')),
  'utf-16': (place: Place) =>
    place.folder.write(fileOf(place), Buffer.from(`\uFEFF${place.folder.read(fileOf(place))}`, 'utf16le')),
  formatted: (place: Place) => place.folder.write(fileOf(place), `-- tidy\n${place.folder.read(fileOf(place))}`),
  crlf: (place: Place) => place.folder.write(fileOf(place), place.folder.read(fileOf(place)).replaceAll('\n', '\r\n')),
  edited: (place: Place) => place.folder.write(fileOf(place), `create table "edited_${place.at}" ("id" int);\n`),
  'no tag': ({ folder, at }: Place) => folder.journal(changed(at, () => ({ tag: undefined }))),
  'no when': ({ folder, at }: Place) => folder.journal(changed(at, () => ({ when: undefined }))),
  'when of no row': ({ folder, at }: Place) => folder.journal(changed(at, () => ({ when: 1e30 }))),
  fraction: ({ folder, at }: Place) => folder.journal(changed(at, ({ when }) => ({ when: when + 0.5 }))),
  future: ({ folder, at }: Place) => folder.journal(changed(at, () => ({ when: Date.UTC(2522, 0, 1) }))),
  earlier: ({ folder, at }: Place) => folder.journal(changed(at, ({ when }) => ({ when: when - 90_000 }))),
  later: ({ folder, at }: Place) => folder.journal(changed(at, ({ when }) => ({ when: when + 90_000 }))),
  'same idx': ({ folder }: Place) => folder.journal((entries) => entries.map((entry) => ({ ...entry, idx: 0 }))),
  twice: ({ folder, at }: Place) => folder.journal((entries) => [...entries, entries[at % entries.length]]),
  'twice, later': ({ folder, at }: Place) =>
    folder.journal((entries) => [...entries, { ...entries[at % entries.length], when: stamp(50) }]),
  swapped: ({ folder, at }: Place) =>
    folder.journal((entries) => {
      const here = at % Math.max(1, entries.length - 1);
      return [...entries.slice(0, here), ...entries.slice(here, here + 2).reverse(), ...entries.slice(here + 2)];
    }),
  orphan: ({ folder, at }: Place) =>
    folder.write(`00${10 + at}_orphan_${at}.sql`, `create table "o_${at}" ("id" int);\n`),
  'orphan of another number': ({ folder, at, history }: Place) =>
    folder.write(
      `${String(at % history.length).padStart(4, '0')}_side_${at}.sql`,
      `create table "s_${at}" ("id" int);\n`,
    ),
  'snapshot gone': ({ folder, at, history }: Place) =>
    folder.remove(`meta/${String(at % history.length).padStart(4, '0')}_snapshot.json`),
  'snapshot broken': ({ folder, at, history }: Place) =>
    folder.write(`meta/${String(at % history.length).padStart(4, '0')}_snapshot.json`, '{"id":'),
  'snapshot forked': ({ folder, at, history }: Place) => {
    const path = `meta/${String(at % history.length).padStart(4, '0')}_snapshot.json`;
    const snapshot = JSON.parse(folder.read(path)) as { id: string };
    folder.write(path, JSON.stringify({ ...snapshot, prevId: snapshot.id }));
  },
  'row gone': ({ query, at }: Place) => query(`delete from ${ROWS} where id = ${1 + (at % 4)}`),
  'row twice': ({ query, at }: Place) =>
    query(`insert into ${ROWS} (hash, created_at) select hash, created_at from ${ROWS} where id = ${1 + (at % 4)}`),
  'row without time': ({ query, at }: Place) =>
    query(`update ${ROWS} set created_at = null where id = ${1 + (at % 4)}`),
  'row of another time': ({ query, at }: Place) =>
    query(`update ${ROWS} set created_at = created_at + 90000 where id = ${1 + (at % 4)}`),
  'row of nobody': ({ query, at }: Place) =>
    query(`insert into ${ROWS} (hash, created_at) values ('${sha256(String(at))}', ${stamp(at)})`),
} satisfies Record<string, (place: Place) => unknown>;

export type FaultName = keyof typeof FAULTS;

/** Applies a fault; one that meets what is broken already is left out. */
export async function inflict(name: FaultName, place: Place): Promise<void> {
  try {
    await FAULTS[name](place);
  } catch {
    // Two faults of one file.
  }
}

export const anyCase: fc.Arbitrary<Case> = fc.record({
  steps: fc.array(fc.record({ kind: fc.constantFrom(...KINDS), on: fc.nat(5) }), { minLength: 1, maxLength: 6 }),
  applied: fc.nat(6),
  withoutLog: fc.boolean(),
  faults: fc.array(fc.record({ name: fc.constantFrom(...(Object.keys(FAULTS) as FaultName[])), at: fc.nat(9) }), {
    minLength: 1,
    maxLength: 3,
  }),
});
