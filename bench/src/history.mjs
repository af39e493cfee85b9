import { seededRandom } from './random.mjs';

const NOUNS = 'song album artist playlist listener label genre royalty stream chart lyric concert venue ticket'.split(
  ' ',
);
const COLUMNS = [
  ['name', 'text NOT NULL'],
  ['title', "varchar(256) DEFAULT '' NOT NULL"],
  ['note', 'text'],
  ['duration_ms', 'integer DEFAULT 0 NOT NULL'],
  ['plays', 'bigint DEFAULT 0 NOT NULL'],
  ['price', 'numeric(10, 2)'],
  ['is_public', 'boolean DEFAULT false NOT NULL'],
  ['facts', "jsonb DEFAULT '{}'::jsonb NOT NULL"],
  ['tags', 'text[]'],
  ['released_on', 'date'],
  ['created_at', 'timestamp with time zone DEFAULT now() NOT NULL'],
  ['token', 'uuid DEFAULT gen_random_uuid() NOT NULL'],
];

/**
 * Makes `count` migrations as a growing project has them: a third adds a table with its foreign key and indexes, the rest
 * adds columns, indexes, enums and defaults. All on empty tables. The same `count` gives the same history everywhere.
 */
export function makeHistory(count, seed = 7) {
  const random = seededRandom(seed);
  const tables = [];
  const migrations = Array.from({ length: count }, (_, index) => ({
    tag: `${String(index).padStart(4, '0')}_${random.pick(NOUNS)}_${random.pick(['grows', 'changes', 'moves', 'opens'])}`,
    when: Date.UTC(2020, 0, 1) + index * 3_600_000,
    statements: index === 0 || random.chance(0.297) ? newTable(random, tables) : change(random, tables, index),
  }));
  const facts = {
    migrations: count,
    statements: migrations.reduce((sum, { statements }) => sum + statements.length, 0),
    tables: tables.length,
    columns: tables.reduce((sum, { columns }) => sum + columns.length + 1, 0),
    indexes: tables.reduce((sum, { indexes }) => sum + indexes, 0),
  };
  return { migrations, facts };
}

function newTable(random, tables) {
  const table = { name: `${random.pick(NOUNS)}_${tables.length}`, columns: [], indexes: 0 };
  const lines = ['"id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY'];
  for (let n = 4 + random.below(5); n > 0; n -= 1) lines.push(newColumn(random, table));
  const parent = random.chance(0.8) ? random.pick(tables) : undefined;
  if (parent) {
    table.columns.push('parent_id');
    lines.push('"parent_id" bigint');
  }
  tables.push(table);
  const statements = [`CREATE TABLE "${table.name}" (\n\t${lines.join(',\n\t')}\n);`];
  if (parent) {
    statements.push(
      `ALTER TABLE "${table.name}" ADD CONSTRAINT "${table.name}_parent_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."${parent.name}"("id") ON DELETE cascade ON UPDATE no action;`,
    );
  }
  for (let n = random.below(3); n > 0; n -= 1) statements.push(newIndex(random, table));
  return statements;
}

function change(random, tables, index) {
  const table = random.pick(tables);
  const kind = random.next();
  if (kind < 0.45) {
    return Array.from(
      { length: 1 + random.below(3) },
      () => `ALTER TABLE "${table.name}" ADD COLUMN ${newColumn(random, table)};`,
    );
  }
  if (kind < 0.6) return [newIndex(random, table)];
  if (kind < 0.84) {
    const column = `state_${table.columns.length}`;
    table.columns.push(column);
    return [
      `CREATE TYPE "public"."state_${index}" AS ENUM('draft', 'open', 'closed');`,
      `ALTER TABLE "${table.name}" ADD COLUMN "${column}" "state_${index}" DEFAULT 'draft' NOT NULL;`,
    ];
  }
  const column = `counter_${table.columns.length}`;
  table.columns.push(column);
  return [
    `ALTER TABLE "${table.name}" ADD COLUMN "${column}" integer;`,
    `UPDATE "${table.name}" SET "${column}" = 0 WHERE "${column}" IS NULL;`,
    `ALTER TABLE "${table.name}" ALTER COLUMN "${column}" SET DEFAULT 0;`,
    `ALTER TABLE "${table.name}" ALTER COLUMN "${column}" SET NOT NULL;`,
  ];
}

function newColumn(random, table) {
  const [base, type] = random.pick(COLUMNS);
  const name = `${base}_${table.columns.length}`;
  table.columns.push(name);
  return `"${name}" ${type}`;
}

function newIndex(random, table) {
  const column = random.pick(table.columns);
  table.indexes += 1;
  const method = column.startsWith('facts') ? 'gin' : 'btree';
  return `CREATE INDEX "${table.name}_${column}_${table.indexes}_idx" ON "${table.name}" USING ${method} ("${column}");`;
}
