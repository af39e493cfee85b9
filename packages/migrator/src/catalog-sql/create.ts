import { type Catalog, type CatalogObject, inheritedFrom } from '../catalog/index.js';
import { quoteIdent } from '../sql/quote.js';
import { attach } from './attachments.js';
import { alterColumn, columnDefinition, columnRest, columnSettings, ownSequence } from './columns.js';
import { foreignOptionList, optionList, ownName, quoteParts, relationOf, roleName, textLiteral } from './names.js';
import { createRare } from './rare.js';

/**
 * The statements that make an object, or undefined where none can: a role is the server's. A table comes with its columns;
 * `defaults` names those columns whose default is set by statements of its own.
 */
export function createObject(
  object: CatalogObject,
  catalog: Catalog,
  separateDefaults: ReadonlySet<string> = new Set(),
): readonly string[] | undefined {
  const name = quoteParts(object.parts);
  switch (object.kind) {
    case 'schema':
      return [`create schema ${name}`];
    case 'extension':
      return [`create extension ${name} with schema ${quoteIdent(object.facts.schema)}`];
    case 'enum':
      return [`create type ${name} as enum (${object.facts.values.map(textLiteral).join(', ')})`];
    case 'domain':
      return [
        `create domain ${name} as ${[
          object.facts.type,
          object.facts.collation && `collate ${object.facts.collation}`,
          object.facts.default !== undefined && `default ${object.facts.default}`,
          object.facts.notNull && 'not null',
          ...object.facts.checks.filter((check) => !check.endsWith(' NOT VALID')),
        ]
          .filter(Boolean)
          .join(' ')}`,
        ...object.facts.checks
          .filter((check) => check.endsWith(' NOT VALID'))
          .map((check) => `alter domain ${name} add ${check}`),
      ];
    case 'composite-type':
      return [`create type ${name} as (${object.facts.attributes.join(', ')})`];
    case 'range-type':
      return [`create type ${name} as range (${object.facts.options})`];
    case 'sequence':
      return [
        `create ${object.facts.unlogged ? 'unlogged ' : ''}sequence ${name}${withSpace(object.facts.options)}`,
        ...(object.facts.owner ? [`alter sequence ${name} owned by ${quoteParts(object.facts.owner)}`] : []),
      ];
    case 'function':
    case 'procedure':
      return [object.text];
    case 'aggregate':
      return object.facts.definition === undefined
        ? undefined
        : [`create aggregate ${name} ${object.facts.definition}`];
    case 'table':
      return createTable(object, catalog, separateDefaults);
    case 'column':
      return [
        ...ownSequence(object),
        `alter table ${relationOf(object)} add column ${columnDefinition(object, { withDefault: !separateDefaults.has(object.key) })}`,
        ...columnSettings(object),
      ];
    case 'constraint':
      return [`alter table ${relationOf(object)} add constraint ${ownName(object)} ${object.text}`];
    case 'index':
      return createIndex(object, catalog);
    case 'view':
      return [`create view ${name}${withOptions(object.facts.options)} as\n${body(object.facts.definition)}`];
    case 'materialized-view':
      return [
        `create materialized view ${name}${withOptions(object.facts.options)} as\n${body(object.facts.definition)}`,
      ];
    case 'trigger':
      return [object.facts.definition, ...firing(`alter table ${relationOf(object)}`, 'trigger', object)];
    case 'rule':
      return [body(object.facts.definition), ...firing(`alter table ${relationOf(object)}`, 'rule', object)];
    case 'policy': {
      const { permissive, command, roles, using, check } = object.facts;
      return [
        [
          `create policy ${ownName(object)} on ${relationOf(object)}`,
          !permissive && 'as restrictive',
          `for ${command} to ${roles.map(roleName).join(', ')}`,
          using !== undefined && `using (${using})`,
          check !== undefined && `with check (${check})`,
        ]
          .filter(Boolean)
          .join(' '),
      ];
    }
    case 'statistics':
      return [
        object.facts.definition,
        ...(object.facts.target === undefined
          ? []
          : [`alter statistics ${name} set statistics ${object.facts.target}`]),
      ];
    case 'event-trigger': {
      const { event, function: called, tags, enabled } = object.facts;
      const when = tags.length > 0 ? ` when tag in (${tags.map(textLiteral).join(', ')})` : '';
      return [
        `create event trigger ${name} on ${event}${when} execute function ${called}`,
        ...(enabled === 'O' ? [] : [`alter event trigger ${name} ${ENABLED[enabled]}`]),
      ];
    }
    case 'publication':
      return [`create publication ${name} ${object.facts.options}`];
    case 'comment':
    case 'owner':
    case 'grant':
    case 'default-privileges':
      return attach(object, catalog);
    case 'collation':
    case 'cast':
    case 'operator':
    case 'text-search-dictionary':
    case 'text-search-configuration':
    case 'foreign-server':
      return createRare(object);
    case 'role':
    case 'other':
      return undefined;
    default:
      return object satisfies never;
  }
}

function createTable(
  table: CatalogObject<'table'>,
  catalog: Catalog,
  separateDefaults: ReadonlySet<string>,
): readonly string[] {
  const { facts } = table;
  const name = quoteParts(table.parts);
  const columns = columnsOf(table, catalog);
  const [parent] = facts.parents;
  const partition = facts.bound !== undefined && parent !== undefined;
  const own = columns.filter((column) => !inheritedColumn(column, catalog));
  const definitions = own
    .map((column) => `  ${columnDefinition(column, { withDefault: !separateDefaults.has(column.key) })}`)
    .join(',\n');
  const foreign = facts.type === 'foreign' || facts.server !== undefined;
  const tableOptions = facts.options;
  return [
    ...(partition ? [] : own.flatMap((column) => ownSequence(column))),
    [
      `create ${facts.unlogged ? 'unlogged ' : ''}${foreign ? 'foreign ' : ''}table ${name}`,
      facts.ofType && `of ${facts.ofType}${typedColumns(own, separateDefaults)}`,
      partition
        ? `partition of ${quoteParts(parent)} ${facts.bound}`
        : !facts.ofType && (definitions ? `(\n${definitions}\n)` : '()'),
      !partition && facts.parents.length > 0 && `inherits (${facts.parents.map(quoteParts).join(', ')})`,
      facts.partitionKey && `partition by ${facts.partitionKey}`,
      facts.method && `using ${quoteIdent(facts.method)}`,
      foreign && `server ${quoteIdent(facts.server ?? '')}`,
      facts.foreignOptions.length > 0 && `options (${foreignOptionList(facts.foreignOptions)})`,
      tableOptions.length > 0 && `with (${optionList(tableOptions)})`,
    ]
      .filter(Boolean)
      .join(' '),
    ...columns.flatMap((column) => {
      const inherited = inheritedColumn(column, catalog);
      if (inherited) return unlikeParent(column, inherited);
      return partition ? [] : columnSettings(column);
    }),
    ...(facts.rowSecurity ? [`alter table ${name} enable row level security`] : []),
    ...(facts.forcedRowSecurity ? [`alter table ${name} force row level security`] : []),
  ];
}

/** What the columns of a typed table have besides their types. */
function typedColumns(columns: readonly CatalogObject<'column'>[], separateDefaults: ReadonlySet<string>): string {
  const said = columns.flatMap((column) => {
    const rest = columnRest(column, { withDefault: !separateDefaults.has(column.key) });
    return rest === '' ? [] : [`${ownName(column)} with options ${rest}`];
  });
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

/** The column of the parent that it is there for. */
export function inheritedColumn(column: CatalogObject, catalog: Catalog): CatalogObject<'column'> | undefined {
  const parent = catalog.get(inheritedFrom(column) ?? '');
  return parent?.kind === 'column' ? parent : undefined;
}

/** What a column has to itself, that came as its parent's is. */
export function unlikeParent(column: CatalogObject<'column'>, parent: CatalogObject<'column'>): readonly string[] {
  return parent.text === column.text ? [] : (alterColumn(parent, column, { relation: relationOf(column) }) ?? []);
}

/** In the order of the table. */
export function columnsOf(table: CatalogObject, catalog: Catalog): readonly CatalogObject<'column'>[] {
  return [...catalog.values()]
    .filter((object): object is CatalogObject<'column'> => object.kind === 'column' && object.of === table.key)
    .sort((a, b) => a.facts.position - b.facts.position);
}

/** Where the table has partitions, each gets its own. */
function createIndex(index: CatalogObject<'index'>, catalog: Catalog): readonly string[] {
  const table = catalog.get(index.of ?? '');
  const partitioned = table?.kind === 'table' && table.facts.partitionKey !== undefined;
  const { definition, clustered } = index.facts;
  return [
    partitioned ? definition.replace(' ON ONLY ', ' ON ') : definition,
    ...(clustered && table ? [`alter table ${quoteParts(table.parts)} cluster on ${ownName(index)}`] : []),
  ];
}

const ENABLED = { O: 'enable', D: 'disable', R: 'enable replica', A: 'enable always' } as const;

/** When a trigger or rule fires, where that is not the usual. */
function firing(alter: string, word: 'trigger' | 'rule', object: CatalogObject<'trigger' | 'rule'>): readonly string[] {
  const { enabled } = object.facts;
  if (enabled === 'O') return [];
  const [on, how] = ENABLED[enabled].split(' ');
  return [`${alter} ${[on, how, word, ownName(object)].filter(Boolean).join(' ')}`];
}

function withSpace(options: string): string {
  return options === '' ? '' : ` ${options}`;
}

function withOptions(options: readonly string[]): string {
  return options.length === 0 ? '' : ` with (${optionList(options)})`;
}

function body(definition: string): string {
  return definition.replace(/;\s*$/, '');
}
