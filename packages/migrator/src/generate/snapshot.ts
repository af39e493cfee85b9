import { MigratorError } from '../errors/migrator-error.js';

/** `meta/NNNN_snapshot.json` as drizzle-kit 0.31 writes it (version 7), with what older releases of it left out filled in. */
export interface Snapshot {
  readonly id: string;
  readonly prevId: string;
  readonly version: string;
  readonly dialect: string;
  /** Keys are `schema.table`, also for `public`. */
  readonly tables: Readonly<Record<string, Table>>;
  readonly enums: Readonly<Record<string, Enum>>;
  readonly schemas: Readonly<Record<string, string>>;
  readonly sequences: Readonly<Record<string, Sequence>>;
  readonly roles: Readonly<Record<string, Role>>;
  /** Policies on tables that the schema does not define. */
  readonly policies: Readonly<Record<string, LinkedPolicy>>;
  readonly views: Readonly<Record<string, View>>;
  readonly _meta?: unknown;
}

export interface Table {
  readonly name: string;
  /** Empty for `public`. */
  readonly schema: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly indexes: Readonly<Record<string, Index>>;
  readonly foreignKeys: Readonly<Record<string, ForeignKey>>;
  readonly compositePrimaryKeys: Readonly<
    Record<string, { readonly name: string; readonly columns: readonly string[] }>
  >;
  readonly uniqueConstraints: Readonly<Record<string, Unique>>;
  readonly policies: Readonly<Record<string, Policy>>;
  readonly checkConstraints: Readonly<Record<string, Check>>;
  readonly isRLSEnabled: boolean;
}

export interface Column {
  readonly name: string;
  readonly type: string;
  /** Schema of the enum that `type` names. */
  readonly typeSchema?: string;
  readonly primaryKey: boolean;
  readonly notNull: boolean;
  /** SQL; drizzle-kit leaves numbers, booleans and the like as JSON. */
  readonly default?: unknown;
  readonly generated?: { readonly as: string; readonly type: string };
  readonly identity?: Identity;
}

export interface SequenceOptions {
  readonly increment?: string;
  readonly minValue?: string;
  readonly maxValue?: string;
  readonly startWith?: string;
  readonly cache?: string;
  readonly cycle?: boolean;
}

export interface Identity extends SequenceOptions {
  readonly type: 'always' | 'byDefault';
  readonly name: string;
  readonly schema?: string;
}

export interface IndexColumn {
  readonly expression: string;
  readonly isExpression: boolean;
  readonly asc: boolean;
  readonly nulls?: string;
  readonly opclass?: string;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly IndexColumn[];
  readonly isUnique: boolean;
  readonly where?: string;
  readonly concurrently: boolean;
  readonly method: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface ForeignKey {
  readonly name: string;
  readonly tableFrom: string;
  readonly columnsFrom: readonly string[];
  readonly tableTo: string;
  readonly columnsTo: readonly string[];
  readonly schemaTo?: string;
  readonly onUpdate?: string;
  readonly onDelete?: string;
}

export interface Unique {
  readonly name?: string;
  readonly columns: readonly string[];
  readonly nullsNotDistinct?: boolean;
}

export interface Check {
  readonly name: string;
  readonly value: string;
}

export interface Policy {
  readonly name: string;
  readonly as?: string;
  readonly for?: string;
  readonly to?: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
}

export interface LinkedPolicy extends Policy {
  readonly schema?: string;
  /** The table, quoted and qualified. */
  readonly on: string;
}

export interface Enum {
  readonly name: string;
  readonly schema: string;
  readonly values: readonly string[];
}

export interface Sequence extends SequenceOptions {
  readonly name: string;
  readonly schema: string;
}

export interface Role {
  readonly name: string;
  readonly createDb?: boolean;
  readonly createRole?: boolean;
  readonly inherit?: boolean;
}

export interface View {
  readonly name: string;
  readonly schema: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly materialized: boolean;
  /** Made elsewhere: drizzle only reads it. */
  readonly isExisting: boolean;
  readonly definition?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly using?: string;
  readonly withNoData?: boolean;
  readonly tablespace?: string;
}

export const ORIGIN_ID = '00000000-0000-0000-0000-000000000000';

export const EMPTY_SNAPSHOT: Snapshot = {
  id: ORIGIN_ID,
  prevId: '',
  version: '7',
  dialect: 'postgresql',
  tables: {},
  enums: {},
  schemas: {},
  sequences: {},
  roles: {},
  policies: {},
  views: {},
};

/** Reads a snapshot's text. Throws `snapshot-unusable`, with the place. */
export function parseSnapshot(text: string, file: string): Snapshot {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    if (/^<{7}(?: |\r?$)/m.test(text)) throw marked(file);
    throw unusable(file, `it is not valid JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (typeof json !== 'object' || json === null || !('tables' in json) || !('id' in json))
    throw unusable(file, 'it has no `id` or no `tables`');
  const { version } = json as { version?: unknown };
  if (String(version) !== '7') {
    throw new MigratorError('snapshot-unusable', {
      message: `The newest snapshot has version ${String(version)}; migrator reads version 7.`,
      where: file,
      state: 'Nothing was written.',
      fix: 'Run `npx drizzle-kit up`.',
    });
  }
  return completed(json as Partial<Snapshot>);
}

/** With every part in place that drizzle-kit 0.31 writes: earlier releases had no policies, roles, checks or sequences. */
export function completed(json: Partial<Snapshot>): Snapshot {
  const tables = Object.entries(json.tables ?? {}).map(([key, table]) => [key, completedTable(table)] as const);
  return { ...EMPTY_SNAPSHOT, ...json, tables: Object.fromEntries(tables) };
}

function completedTable(table: Partial<Table> & Pick<Table, 'name'>): Table {
  return {
    columns: {},
    indexes: {},
    foreignKeys: {},
    compositePrimaryKeys: {},
    uniqueConstraints: {},
    policies: {},
    checkConstraints: {},
    isRLSEnabled: false,
    ...table,
    schema: table.schema ?? '',
  };
}

function unusable(file: string, why: string): MigratorError {
  return new MigratorError('snapshot-unusable', {
    message: `The newest snapshot cannot be read: ${why}.`,
    where: file,
    state: 'Nothing was written.',
    fix: `Restore it from version control: \`git checkout -- ${file}\`.`,
  });
}

function marked(file: string): MigratorError {
  return new MigratorError('snapshot-unusable', {
    message: 'The newest snapshot has marks of a merge conflict.',
    where: file,
    state: 'Nothing was written.',
    fix: 'Run `migrator rebase`: it puts the migrations of one branch on top of the other’s, each with a snapshot of its own. Where it cannot tell the branches apart, take the file of one side first (`git log -- <file>` shows both).',
  });
}

/** Whether two snapshots mean the same schema; ids and the order of keys do not count. */
export function sameSchema(a: Snapshot, b: Snapshot): boolean {
  return canonical(schemaOf(a)) === canonical(schemaOf(b));
}

function schemaOf({ tables, enums, schemas, sequences, roles, policies, views }: Snapshot): object {
  return { tables, enums, schemas, sequences, roles, policies, views };
}

/** JSON with sorted keys and without undefined parts: equal texts mean equal values. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const parts = Object.entries(value).flatMap(([key, part]) =>
    part === undefined ? [] : [`${JSON.stringify(key)}:${canonical(part)}`],
  );
  return `{${parts.sort().join(',')}}`;
}

export const tableKey = (table: Pick<Table, 'schema' | 'name'>): string => `${table.schema || 'public'}.${table.name}`;

export const targetKey = (key: ForeignKey): string => `${key.schemaTo || 'public'}.${key.tableTo}`;
