import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { dependsOnTimeZone, keepsFile, lossOf } from './conversions.js';
import { defaultSql, identityKind, identitySql, qualified, relation, turned } from './ddl.js';
import type { PlacedColumn } from './items.js';
import type { Operation } from './operations.js';
import { canonical, type Table } from './snapshot.js';
import { conversion, family, impliedName, serialBase, storedTypeSql } from './types.js';

/** Statements that turn one column into another, in an order that works. `setNotNull` says how a column is made required. */
export function alterColumn(
  from: PlacedColumn,
  to: PlacedColumn,
  table: Table,
  setNotNull: (column: string) => readonly Operation[],
): Operation[] {
  const name = quoteIdent(to.name);
  const alter = (what: string): Operation => ({ sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${name} ${what}` });
  const isRetyped = storedTypeSql(from) !== storedTypeSql(to);
  const [wasSerial, isSerial] = [serialBase(from) !== undefined, serialBase(to) !== undefined];
  const sequence = { schema: table.schema, name: impliedName(table.name, to.name, 'seq') };
  const before = wasSerial ? undefined : from.default;
  const after = isSerial ? undefined : to.default;
  const operations: Operation[] = [];
  if (from.identity && !to.identity) operations.push(alter('DROP IDENTITY'));
  if ((before !== undefined && (isRetyped || after === undefined)) || (wasSerial && !isSerial))
    operations.push(alter('DROP DEFAULT'));
  if (wasSerial && !isSerial) operations.push({ sql: `DROP SEQUENCE IF EXISTS ${qualified(sequence)}` });
  if (isRetyped) operations.push(retype(from, to, table));
  if (wasSerial && isSerial && isRetyped)
    operations.push({ sql: `ALTER SEQUENCE ${qualified(sequence)} AS ${storedTypeSql(to)}` });
  if (from.required && !to.required) operations.push(alter('DROP NOT NULL'));
  if (!from.required && to.required) operations.push(...setNotNull(to.name));
  if (!wasSerial && isSerial) operations.push(...makeSerial(to, table, sequence));
  if (to.identity && !from.identity) {
    operations.push(alter(`ADD ${identitySql(to.identity, table)}`), ...startBehindRows(to, table));
  }
  if (from.identity && to.identity && canonical(from.identity) !== canonical(to.identity)) {
    const { increment, minValue, maxValue, startWith, cache, cycle } = to.identity;
    const parts = [
      from.identity.type !== to.identity.type && `SET GENERATED ${identityKind(to.identity)}`,
      `SET INCREMENT BY ${increment ?? 1}`,
      minValue === undefined ? 'SET NO MINVALUE' : `SET MINVALUE ${minValue}`,
      maxValue === undefined ? 'SET NO MAXVALUE' : `SET MAXVALUE ${maxValue}`,
      startWith !== undefined && `SET START WITH ${startWith}`,
      `SET CACHE ${cache ?? 1}`,
      cycle ? 'SET CYCLE' : 'SET NO CYCLE',
      ...turned(from.identity, to.identity),
    ].filter(Boolean);
    if (from.identity.name !== to.identity.name) {
      const old = qualified({ schema: table.schema, name: from.identity.name });
      operations.push({ sql: `ALTER SEQUENCE IF EXISTS ${old} RENAME TO ${quoteIdent(to.identity.name)}` });
    }
    const options = ({ name: _, schema: __, ...rest }: { name: string; schema?: string }) => canonical(rest);
    if (options(from.identity) !== options(to.identity)) operations.push(alter(parts.join(' ')));
  }
  const isSame = !isRetyped && before !== undefined && after !== undefined && defaultSql(before) === defaultSql(after);
  if (after !== undefined && !isSame) operations.push(alter(`SET DEFAULT ${defaultSql(after)}`));
  return operations;
}

function retype(from: PlacedColumn, to: PlacedColumn, table: Table): Operation {
  const target = storedTypeSql(to);
  const using = conversion(to.name, from, to);
  const shown = `\`${table.name}.${to.name}\``;
  const loss = lossOf(from, to);
  const notes = [
    ...(keepsFile(from, to) ? [] : [rewriteNote(to, table)]),
    ...(dependsOnTimeZone(from, to)
      ? [`the values of ${shown} are converted in the TimeZone of the session that runs this`]
      : []),
  ];
  return {
    sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${quoteIdent(to.name)} SET DATA TYPE ${target} USING ${using}`,
    ...(loss !== undefined && { loses: `${loss} of ${shown}` }),
    ...(!takesAll(storedTypeSql(from), target) && {
      mayFail: `a value of ${shown} that ${family(from) === 'number' && family(to) === 'number' ? `does not fit ${target}` : `is no ${target}`} stops it`,
    }),
    ...(notes.length > 0 && { notes }),
  };
}

function rewriteNote({ name }: PlacedColumn, { name: table }: Table): string {
  return `the new type of \`${table}.${name}\` rewrites the whole table, and nobody can read or write it meanwhile; for a large one, add a second column, fill it in pieces, and change over`;
}

/** Every value of the one type becomes one of the other, if need be cut: a cast that is written out cuts texts. */
function takesAll(from: string, to: string): boolean {
  if (/^(?:text|varchar|character varying|char|character)(?:\(\d+\))?$/.test(to)) return true;
  return WIDER[from]?.includes(to) ?? false;
}

const WIDER: Readonly<Record<string, readonly string[]>> = {
  smallint: ['integer', 'bigint', 'numeric', 'real', 'double precision'],
  integer: ['bigint', 'numeric', 'double precision'],
  bigint: ['numeric'],
  real: ['double precision'],
  date: ['timestamp', 'timestamp with time zone'],
  timestamp: ['timestamp with time zone'],
  'timestamp with time zone': ['timestamp'],
};

function makeSerial(to: PlacedColumn, table: Table, sequence: { schema: string; name: string }): Operation[] {
  const owner = `${relation(table)}.${quoteIdent(to.name)}`;
  const nextval = `nextval(${quoteLiteral(qualified(sequence))}::regclass)`;
  return [
    { sql: `CREATE SEQUENCE ${qualified(sequence)} AS ${storedTypeSql(to)} OWNED BY ${owner}` },
    { sql: `ALTER TABLE ${relation(table)} ALTER COLUMN ${quoteIdent(to.name)} SET DEFAULT ${nextval}` },
    { sql: setval(to, table, '1') },
  ];
}

/** A new identity column counts from its start, and would give numbers again that rows have. */
function startBehindRows(to: PlacedColumn, table: Table): Operation[] {
  if (Number(to.identity?.increment ?? 1) < 0) return [];
  return [{ sql: setval(to, table, to.identity?.startWith ?? '1') }];
}

function setval(column: PlacedColumn, table: Table, start: string): string {
  const name = quoteIdent(column.name);
  const sequence = `pg_get_serial_sequence(${quoteLiteral(relation(table))}, ${quoteLiteral(column.name)})`;
  return `SELECT setval(${sequence}, greatest(coalesce(max(${name}) + 1, ${start}), ${start}), false) FROM ${relation(table)}`;
}
