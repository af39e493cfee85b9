import { quoteIdent } from '../sql/quote.js';
import { enumLabel, qualified, relation } from './ddl.js';
import { primaryKeyOf } from './items.js';
import type { Operation } from './operations.js';
import { applyRenames, placeOf, type Rename } from './renames.js';
import type { Snapshot } from './snapshot.js';
import { impliedName, serialBase } from './types.js';

/** The statements that rename, in the order given; each finds what the ones before it have left. */
export function renameStatements(snapshot: Snapshot, renames: readonly Rename[]): Operation[] {
  let now = snapshot;
  return renames.flatMap((rename) => {
    const statements = statementsOf(rename, now);
    now = applyRenames(now, [rename]);
    return statements.map((sql) => ({ sql }));
  });
}

function statementsOf(rename: Rename, snapshot: Snapshot): string[] {
  const { kind, within, from, to } = rename;
  switch (kind) {
    case 'schema':
      return [`ALTER SCHEMA ${quoteIdent(from)} RENAME TO ${quoteIdent(to)}`];
    case 'role':
      return [`ALTER ROLE ${quoteIdent(from)} RENAME TO ${quoteIdent(to)}`];
    case 'enum':
      return move('TYPE', from, to, snapshot);
    case 'sequence':
      return move('SEQUENCE', from, to, snapshot);
    case 'view':
      return move(snapshot.views[from]?.materialized ? 'MATERIALIZED VIEW' : 'VIEW', from, to, snapshot);
    case 'enum-value':
      return [`ALTER TYPE ${qualified(placeOf(within))} RENAME VALUE ${enumLabel(from)} TO ${enumLabel(to)}`];
    case 'policy':
      return [`ALTER POLICY ${quoteIdent(from)} ON ${relation(placeOf(within))} RENAME TO ${quoteIdent(to)}`];
    case 'table':
      return [...move('TABLE', from, to, snapshot), ...impliedByTable(rename, snapshot)];
    case 'column':
      return [
        `ALTER TABLE ${relation(placeOf(within))} RENAME COLUMN ${quoteIdent(from)} TO ${quoteIdent(to)}`,
        ...impliedByColumn(rename, snapshot),
      ];
  }
}

/** A table may have to take the place of one of its name in either schema, and then goes through a third name. */
function move(what: string, from: string, to: string, { tables, enums, sequences, views }: Snapshot): string[] {
  const [old, next] = [placeOf(from), placeOf(to)];
  const show = what === 'TYPE' ? qualified : relation;
  const isTaken = (schema: string, name: string) =>
    [tables, enums, sequences, views].some((record) => `${schema}.${name}` in record);
  const settle = (name: string) =>
    `ALTER ${what} ${show({ schema: old.schema, name })} SET SCHEMA ${quoteIdent(next.schema)}`;
  const rename = (schema: string, name: string, other: string) =>
    `ALTER ${what} ${show({ schema, name })} RENAME TO ${quoteIdent(other)}`;
  if (old.schema === next.schema) return old.name === next.name ? [] : [rename(old.schema, old.name, next.name)];
  if (old.name === next.name) return [settle(old.name)];
  if (!isTaken(next.schema, old.name)) return [settle(old.name), rename(next.schema, old.name, next.name)];
  if (!isTaken(old.schema, next.name)) return [rename(old.schema, old.name, next.name), settle(next.name)];
  const between = `${next.name.slice(0, 50)}__moving`;
  return [rename(old.schema, old.name, between), settle(between), rename(next.schema, between, next.name)];
}

/** Names that Postgres made of the table's name. Missing ones were renamed by hand, or never, and stay as they are. */
function impliedByTable({ from, to }: Rename, snapshot: Snapshot): string[] {
  const table = snapshot.tables[from];
  const [old, next] = [placeOf(from), placeOf(to)];
  if (!table || old.name === next.name) return [];
  const key = primaryKeyOf(table);
  const serials = Object.values(table.columns).filter((column) => serialBase(column) !== undefined);
  return [
    ...(key?.implied ? [renameIfThere('INDEX', next.schema, key.name, impliedName(next.name, undefined, 'pkey'))] : []),
    ...serials.map(({ name }) =>
      renameIfThere('SEQUENCE', next.schema, impliedName(old.name, name, 'seq'), impliedName(next.name, name, 'seq')),
    ),
  ];
}

function impliedByColumn({ within, from, to }: Rename, snapshot: Snapshot): string[] {
  const column = snapshot.tables[within]?.columns[from];
  const { schema, name } = placeOf(within);
  if (!column || serialBase(column) === undefined) return [];
  return [renameIfThere('SEQUENCE', schema, impliedName(name, from, 'seq'), impliedName(name, to, 'seq'))];
}

function renameIfThere(what: string, schema: string, from: string, to: string): string {
  return `ALTER ${what} IF EXISTS ${relation({ schema, name: from })} RENAME TO ${quoteIdent(to)}`;
}
