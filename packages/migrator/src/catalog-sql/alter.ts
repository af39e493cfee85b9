import type { Catalog, CatalogKind, CatalogObject } from '../catalog/index.js';
import { quoteIdent } from '../sql/quote.js';
import { attach, detach } from './attachments.js';
import { type AlterColumn, alterColumn, changedSequence } from './columns.js';
import { foreignOptionChanges, optionList, optionName, ownName, quoteParts, relationOf, textLiteral } from './names.js';
import { alterRare } from './rare.js';

/**
 * The statements that make one object into another of the same key; undefined where it must be dropped and made anew.
 * Throws nothing: what cannot be done at all is said by `cannotReplace`.
 */
export function alterObject(
  before: CatalogObject,
  after: CatalogObject,
  to: Catalog,
  column: AlterColumn = {},
): readonly string[] | undefined {
  const name = quoteParts(before.parts);
  if (before.kind === 'table' && after.kind === 'table') return alterTable(before, after);
  if (before.kind === 'column' && after.kind === 'column') return alterColumn(before, after, column);
  if (before.kind === 'constraint' && after.kind === 'constraint') {
    return `${after.text} NOT VALID` === before.text
      ? [`alter table ${relationOf(after)} validate constraint ${ownName(after)}`]
      : undefined;
  }
  if (before.kind === 'index' && after.kind === 'index') {
    if (before.facts.definition !== after.facts.definition || before.facts.valid !== after.facts.valid)
      return undefined;
    const table = to.get(after.of ?? '');
    if (!table) return undefined;
    return after.facts.clustered
      ? [`alter table ${quoteParts(table.parts)} cluster on ${ownName(after)}`]
      : [`alter table ${quoteParts(table.parts)} set without cluster`];
  }
  if (before.kind === 'sequence' && after.kind === 'sequence') {
    const [from, next] = [before.facts, after.facts];
    return [
      ...(from.options === next.options
        ? []
        : [`alter sequence ${name} ${changedSequence(from.options, next.options, 'bigint')}`]),
      ...(from.unlogged === next.unlogged ? [] : [`alter sequence ${name} set ${next.unlogged ? 'un' : ''}logged`]),
      ...(from.ownedBy === next.ownedBy
        ? []
        : [`alter sequence ${name} owned by ${next.owner ? quoteParts(next.owner) : 'none'}`]),
    ];
  }
  if (before.kind === 'enum' && after.kind === 'enum')
    return addedValues(name, before.facts.values, after.facts.values);
  if (before.kind === 'domain' && after.kind === 'domain') return alterDomain(before, after);
  if ((before.kind === 'function' || before.kind === 'procedure') && after.kind === before.kind)
    return signatureOf(before.text) === signatureOf(after.text) ? [after.text] : undefined;
  if (before.kind === 'extension' && after.kind === 'extension') {
    return [
      ...(before.facts.schema === after.facts.schema
        ? []
        : [`alter extension ${name} set schema ${quoteIdent(after.facts.schema)}`]),
      ...(before.facts.version === after.facts.version || !after.text.includes(' version ')
        ? []
        : [`alter extension ${name} update to ${textLiteral(after.facts.version)}`]),
    ];
  }
  if (after.kind === 'comment' || after.kind === 'owner' || after.kind === 'grant') return attach(after, to);
  if (before.kind === 'default-privileges' && after.kind === 'default-privileges')
    return [...(detach(before, to) ?? []), ...(attach(after, to) ?? [])];
  return alterRare(before, after);
}

/** Why an object cannot be dropped and made anew: it holds data, or data stands on it. */
export function cannotReplace(object: CatalogObject, dependents: readonly CatalogObject[]): string | undefined {
  switch (object.kind) {
    case 'other':
      return 'Its definition is not read.';
    // A range type cannot be made beside itself: its constructors have its name.
    case 'range-type':
    case 'collation':
    case 'foreign-server':
      return dependents.some(({ kind }) => HOLDERS.has(kind))
        ? 'It would have to be made anew, with the columns or tables that stand on it.'
        : undefined;
    case 'table':
      return 'The table would have to be made anew, with its data.';
    case 'schema':
    case 'role':
      return 'It would have to be made anew, with everything in it.';
    case 'column':
      return object.facts.generated ? undefined : 'The column would have to be made anew, with its data.';
    default:
      return undefined;
  }
}

const HOLDERS: ReadonlySet<CatalogKind> = new Set(['column', 'table', 'domain', 'composite-type', 'range-type']);

function alterTable(before: CatalogObject<'table'>, after: CatalogObject<'table'>): readonly string[] | undefined {
  const [from, to] = [before.facts, after.facts];
  if (
    from.partitionKey !== to.partitionKey ||
    from.server !== to.server ||
    from.ofType !== to.ofType ||
    (from.type === 'foreign') !== (to.type === 'foreign')
  )
    return undefined;
  const alter = `alter table ${quoteParts(before.parts)}`;
  return [
    ...(from.unlogged === to.unlogged ? [] : [`${alter} set ${to.unlogged ? 'un' : ''}logged`]),
    ...(from.method === to.method ? [] : [`${alter} set access method ${quoteIdent(to.method ?? 'heap')}`]),
    ...parents(before, after),
    ...from.asleep
      .filter(({ name }) => !to.asleep.some((other) => other.name === name))
      .map((each) => wake(before, each, 'enable')),
    ...to.asleep
      .filter(({ name }) => !from.asleep.some((other) => other.name === name))
      .map((each) => wake(before, each, 'disable')),
    ...tableOptions(alter, from.options, to.options),
    ...foreignOptions(before, after),
    ...(from.rowSecurity === to.rowSecurity
      ? []
      : [`${alter} ${to.rowSecurity ? 'enable' : 'disable'} row level security`]),
    ...(from.forcedRowSecurity === to.forcedRowSecurity
      ? []
      : [`${alter} ${to.forcedRowSecurity ? 'force' : 'no force'} row level security`]),
  ];
}

/** The triggers of a constraint have names that only this database gives them. */
function wake(
  { parts }: CatalogObject<'table'>,
  { of, name }: CatalogObject<'table'>['facts']['asleep'][number],
  action: 'enable' | 'disable',
): string {
  const table = quoteParts(parts);
  if (of === 'trigger') return `alter table ${table} ${action} trigger ${quoteIdent(name)}`;
  return `do $do$ declare name text; begin
  for name in select t.tgname from pg_trigger t join pg_constraint c on c.oid = t.tgconstraint
    where t.tgrelid = ${textLiteral(table)}::regclass and t.tgisinternal and c.conname = ${textLiteral(name)}
  loop execute format('alter table %s ${action} trigger %I', ${textLiteral(table)}, name); end loop;
end $do$`;
}

function parents(
  { parts, facts: from }: CatalogObject<'table'>,
  { facts: to }: CatalogObject<'table'>,
): readonly string[] {
  const table = quoteParts(parts);
  const names = (list: readonly (readonly string[])[]) => list.map(quoteParts);
  if (from.bound !== to.bound || (from.bound !== undefined && String(from.parents) !== String(to.parents))) {
    const [before, after] = [from.parents[0], to.parents[0]];
    return [
      ...(from.bound !== undefined && before ? [`alter table ${quoteParts(before)} detach partition ${table}`] : []),
      ...(to.bound !== undefined && after
        ? [`alter table ${quoteParts(after)} attach partition ${table} ${to.bound}`]
        : []),
    ];
  }
  const [before, after] = [names(from.parents), names(to.parents)];
  return [
    ...before.filter((parent) => !after.includes(parent)).map((parent) => `alter table ${table} no inherit ${parent}`),
    ...after.filter((parent) => !before.includes(parent)).map((parent) => `alter table ${table} inherit ${parent}`),
  ];
}

function tableOptions(alter: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const gone = before.map(optionName).filter((name) => !after.some((option) => optionName(option) === name));
  const set = after.filter((option) => !before.includes(option));
  return [
    ...(gone.length > 0 ? [`${alter} reset (${gone.join(', ')})`] : []),
    ...(set.length > 0 ? [`${alter} set (${optionList(set)})`] : []),
  ];
}

function foreignOptions(before: CatalogObject<'table'>, after: CatalogObject<'table'>): readonly string[] {
  const changes = foreignOptionChanges(before.facts.foreignOptions, after.facts.foreignOptions);
  return changes === '' ? [] : [`alter foreign table ${quoteParts(before.parts)}${changes}`];
}

/** Values can be put between others, but neither taken away nor moved. */
function addedValues(name: string, before: readonly string[], after: readonly string[]): readonly string[] | undefined {
  const kept = after.filter((value) => before.includes(value));
  if (kept.length !== before.length || kept.some((value, index) => value !== before[index])) return undefined;
  return after.flatMap((value, index) => {
    if (before.includes(value)) return [];
    const next = after.slice(index + 1).find((other) => before.includes(other));
    return [
      `alter type ${name} add value ${textLiteral(value)}${next === undefined ? '' : ` before ${textLiteral(next)}`}`,
    ];
  });
}

function alterDomain(
  { parts, facts: from }: CatalogObject<'domain'>,
  { facts: to }: CatalogObject<'domain'>,
): readonly string[] | undefined {
  if (from.type !== to.type || from.collation !== to.collation) return undefined;
  const alter = `alter domain ${quoteParts(parts)}`;
  const nameOf = (check: string) => /^constraint ("(?:[^"]|"")+"|\S+) /.exec(check)?.[1] ?? '';
  return [
    ...from.checks
      .filter((check) => !to.checks.includes(check))
      .map((check) => `${alter} drop constraint ${nameOf(check)}`),
    ...(from.default === to.default
      ? []
      : [to.default === undefined ? `${alter} drop default` : `${alter} set default ${to.default}`]),
    ...(from.notNull === to.notNull ? [] : [`${alter} ${to.notNull ? 'set' : 'drop'} not null`]),
    ...to.checks.filter((check) => !from.checks.includes(check)).map((check) => `${alter} add ${check}`),
  ];
}

/** CREATE OR REPLACE changes neither names and defaults of arguments nor the type that comes back. */
function signatureOf(definition: string): string {
  return definition.slice(0, definition.search(/\n LANGUAGE /));
}
