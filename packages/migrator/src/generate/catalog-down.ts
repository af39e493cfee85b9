import { type Catalog, type CatalogDifference, type CatalogObject, compareCatalogs } from '../catalog/index.js';
import { statementsBetween } from '../catalog-sql/index.js';
import { quoteIdent } from '../sql/quote.js';
import { splitStatements } from '../sql/split.js';
import type { RangeVar, SyntaxNode } from '../sql/syntax.js';
import { fileText } from './file-text.js';
import type { Operation } from './operations.js';
import { standInForType } from './stand-in.js';

export interface CatalogDown {
  /** Undefined where the schema is the same, and rows may not be. */
  readonly text: string | undefined;
  /** What no statement undoes, and why. */
  readonly impossible: readonly string[];
}

/**
 * The way back of a migration as two catalogs tell it, those around it, both read with `dependencies`. `renames`: statements
 * that stand at its beginning, and that `now`, the catalog after the migration, has been through. Pure; needs `loadParser`.
 */
export function downBetween(
  before: Catalog,
  now: Catalog,
  {
    sql,
    renames,
    breakpoints,
  }: { readonly sql: string; readonly renames: readonly string[]; readonly breakpoints: boolean },
): CatalogDown {
  const differences = compareCatalogs(before, now);
  const required = requiredColumns(differences, before);
  const { statements, impossible } = statementsBetween(now, withDefaults(before, required), { grants: true });
  const operations = [
    ...renames,
    ...statements.map((statement) => statement.sql.replace(/;\s*$/, '')),
    ...required.map(
      ({ column: { parts } }) =>
        `alter table ${quoted(parts.slice(0, -1))} alter column ${quoted(parts.slice(-1))} drop default`,
    ),
  ].map((text): Operation => ({ sql: text }));
  const text = fileText(operations, {
    direction: 'down',
    breakpoints,
    noTransaction: false,
    recoverable: false,
    gone: rowsIn(differences, before, 'missing'),
    about: {
      losses: rowsIn(differences, now, 'unexpected'),
      notes: [
        ...required.map(({ column, standIn }) => `rows that are there get ${standIn} for \`${shown(column)}\``),
        ...stops(differences, before, now),
        ...kept(sql),
      ],
    },
  });
  return {
    text: operations.length > 0 || showsInCatalog(sql) ? text : undefined,
    impossible: impossible.map(({ key, why }) => `${key}: ${why}`),
  };
}

interface RequiredColumn {
  readonly column: CatalogObject<'column'>;
  readonly standIn: string;
}

/** Columns that come back to tables that are there, and that rows could not be without. */
function requiredColumns(differences: readonly CatalogDifference[], before: Catalog): RequiredColumn[] {
  const missing = new Set(differences.flatMap(({ key, change }) => (change === 'missing' ? [key] : [])));
  return [...missing].flatMap((key) => {
    const column = before.get(key);
    if (column?.kind !== 'column' || missing.has(column.of ?? '')) return [];
    const { notNull, default: value, generated, identity, type } = column.facts;
    if (!notNull || value !== undefined || generated || identity) return [];
    const standIn = standInForType(type) ?? enumStandIn(column, before);
    return standIn === undefined ? [] : [{ column, standIn }];
  });
}

function enumStandIn({ needs = [] }: CatalogObject, catalog: Catalog): string | undefined {
  for (const need of needs) {
    const type = catalog.get(need);
    const label = type?.kind === 'enum' ? type.facts.values[0] : undefined;
    if (label !== undefined) return `'${label.replaceAll("'", "''")}'`;
  }
  return undefined;
}

function withDefaults(catalog: Catalog, required: readonly RequiredColumn[]): Catalog {
  if (required.length === 0) return catalog;
  const changed = required.map(
    ({ column, standIn }) => [column.key, { ...column, facts: { ...column.facts, default: standIn } }] as const,
  );
  return new Map([...catalog, ...changed]);
}

/** Rows and values that are only on one side. */
function rowsIn(
  differences: readonly CatalogDifference[],
  catalog: Catalog,
  side: CatalogDifference['change'],
): string[] {
  const own = differences.filter(({ change }) => change === side).map(({ key }) => key);
  const whole = new Set(own);
  return own.flatMap((key) => {
    const object = catalog.get(key);
    if (object?.kind === 'table') return [`the rows of \`${shown(object)}\``];
    const isPart = object?.kind === 'column' && whole.has(object.of ?? '');
    return object?.kind === 'column' && !isPart && !object.facts.generated && holdsRows(catalog.get(object.of ?? ''))
      ? [`the values of \`${shown(object)}\``]
      : [];
  });
}

function holdsRows(object: CatalogObject | undefined): boolean {
  return object?.kind === 'table';
}

/** What rows may hold that the schema before does not take. */
function stops(differences: readonly CatalogDifference[], before: Catalog, now: Catalog): string[] {
  return differences.flatMap(({ key, change }) => {
    const [was, is] = [before.get(key), now.get(key)];
    if (was?.kind === 'enum' && is?.kind === 'enum') {
      const removed = is.facts.values.filter((value) => !was.facts.values.includes(value));
      return removed.length > 0
        ? [`a row that still has ${removed.map((value) => `'${value}'`).join(' or ')} stops it`]
        : [];
    }
    if (was?.kind === 'constraint' && change === 'missing' && now.has(was.of ?? ''))
      return [`rows that break \`${was.parts.at(-1)}\` stop it`];
    if (was?.kind !== 'column' || is?.kind !== 'column') return [];
    return [
      ...(was.facts.type === is.facts.type
        ? []
        : [`a value of \`${shown(was)}\` that is no ${was.facts.type} stops it`]),
      ...(was.facts.notNull && !is.facts.notNull ? [`a row without \`${shown(was)}\` stops it`] : []),
    ];
  });
}

const CHANGES: Readonly<Record<string, string>> = {
  UpdateStmt: 'the UPDATE of',
  InsertStmt: 'the INSERT into',
  DeleteStmt: 'the DELETE from',
  MergeStmt: 'the MERGE into',
};

const IN_CATALOG: readonly string[] = [
  'AlterTableStmt',
  'CreateStmt',
  'IndexStmt',
  'CreateSchemaStmt',
  'CreateExtensionStmt',
];
const DROPPED: readonly string[] = [
  'TABLE',
  'INDEX',
  'VIEW',
  'MATVIEW',
  'SEQUENCE',
  'TYPE',
  'SCHEMA',
  'TRIGGER',
  'POLICY',
  'FUNCTION',
];

/** Whether all that the migration can do shows in the catalog: where that has not changed, nothing was done. */
function showsInCatalog(sql: string): boolean {
  const statements = splitStatements(sql);
  return (
    statements.length > 0 &&
    statements.every(({ kind, node }) =>
      kind === 'DropStmt'
        ? DROPPED.includes(String(node.removeType).replace('OBJECT_', ''))
        : IN_CATALOG.includes(kind),
    )
  );
}

/** What the migration does to rows: the schema alone does not undo that. */
function kept(sql: string): string[] {
  return splitStatements(sql).flatMap(({ kind, node, line }) => {
    if (kind === 'DoStmt') return [`what the DO block in line ${line} has done to rows stays`];
    const what = CHANGES[kind];
    return what === undefined ? [] : [`what ${what} \`${tableIn(node)}\` in line ${line} has done stays`];
  });
}

function tableIn({ relation }: SyntaxNode): string {
  const { schemaname, relname = '' } = (relation ?? {}) as RangeVar;
  return schemaname === undefined || schemaname === 'public' ? relname : `${schemaname}.${relname}`;
}

function shown({ parts }: CatalogObject): string {
  return (parts[0] === 'public' ? parts.slice(1) : parts).join('.');
}

function quoted(parts: readonly string[]): string {
  return parts.map(quoteIdent).join('.');
}
