import { quoteIdent } from '../sql/quote.js';
import { enumLabel, qualified, relation } from './ddl.js';
import { primaryKeyOf } from './items.js';
import type { Operation } from './operations.js';
import { applyRenames, placeOf, type Rename } from './renames.js';
import type { Snapshot, Table } from './snapshot.js';
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
      return move('TABLE', from, to, snapshot, impliedByTable(snapshot.tables[from]));
    case 'column':
      return [
        `ALTER TABLE ${relation(placeOf(within))} RENAME COLUMN ${quoteIdent(from)} TO ${quoteIdent(to)}`,
        ...impliedByColumn(rename, snapshot),
      ];
  }
}

/**
 * Under the new name into the other schema, since it is free there. Where something beside it has the new name, it goes
 * through a third one. `implied` renames what Postgres named after it.
 */
function move(
  what: string,
  from: string,
  to: string,
  { tables, enums, sequences, views }: Snapshot,
  implied: (schema: string, name: string, next: string) => readonly string[] = () => [],
): string[] {
  const [old, next] = [placeOf(from), placeOf(to)];
  const show = what === 'TYPE' ? qualified : relation;
  const isTaken = [tables, enums, sequences, views].some((record) => `${old.schema}.${next.name}` in record);
  const between = isTaken && old.schema !== next.schema ? `${next.name.slice(0, 50)}__moving` : next.name;
  const rename = (schema: string, name: string, other: string) =>
    name === other
      ? []
      : [`ALTER ${what} ${show({ schema, name })} RENAME TO ${quoteIdent(other)}`, ...implied(schema, name, other)];
  const settle = `ALTER ${what} ${show({ schema: old.schema, name: between })} SET SCHEMA ${quoteIdent(next.schema)}`;
  if (old.name === next.name) return [`ALTER ${what} ${show(old)} SET SCHEMA ${quoteIdent(next.schema)}`];
  return [
    ...rename(old.schema, old.name, between),
    ...(old.schema === next.schema ? [] : [settle]),
    ...rename(next.schema, between, next.name),
  ];
}

/** Names that Postgres made of the table's name. Missing ones were renamed by hand, or never, and stay as they are. */
function impliedByTable(table: Table | undefined) {
  const key = table && primaryKeyOf(table);
  const counted = Object.values(table?.columns ?? {}).filter(
    (column) =>
      serialBase(column) !== undefined || column.identity?.name === impliedName(table?.name ?? '', column.name, 'seq'),
  );
  return (schema: string, name: string, next: string): string[] => [
    ...(key?.implied
      ? [renameIfThere('INDEX', schema, impliedName(name, undefined, 'pkey'), impliedName(next, undefined, 'pkey'))]
      : []),
    ...counted.map((column) =>
      renameIfThere('SEQUENCE', schema, impliedName(name, column.name, 'seq'), impliedName(next, column.name, 'seq')),
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
