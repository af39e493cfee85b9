import type { Comparison, Finding } from '../core/types.js';
import { parseStatements } from '../sql/parse.js';
import { quoteIdent } from '../sql/quote.js';

/** A table that the first run of a history would make. */
export interface TableToMake {
  /** As a migration names it, quoted: `"public"."songs"`, or without a schema. */
  readonly name: string;
  readonly tag: string;
  readonly path: string;
}

interface RelationName {
  readonly schemaname?: string;
  readonly relname?: string;
  readonly relpersistence?: string;
}

/**
 * What a run upon a database without tracking rows would make, and not find there. Tables that a migration makes only where
 * they do not exist, or drops or renames first, are none of them; nor is any behind what nobody can foresee. Pure; needs `loadParser`.
 */
export function tablesToMake({ statuses }: Comparison): readonly TableToMake[] {
  // What a stopped run has left is its own affair.
  if (statuses.some(({ row, halfApplied }) => row ?? halfApplied)) return [];
  const gone = new Set<string>();
  const wanted: TableToMake[] = [];
  for (const { migration } of statuses) {
    const { tag, path, file } = migration;
    for (const chunk of (file?.sql ?? '').split('--> statement-breakpoint')) {
      if (chunk.includes('set_config')) return wanted;
      for (const { kind, node } of parseStatements(chunk) ?? []) {
        // From here on a name may mean another table.
        if (UNFORESEEN.has(kind)) return wanted;
        for (const name of namesThatGo(kind, node)) gone.add(name);
        if (kind !== 'CreateStmt' || node.if_not_exists === true) continue;
        const { schemaname, relname = '', relpersistence } = (node.relation ?? {}) as RelationName;
        if (relpersistence !== 't' && !gone.has(relname)) wanted.push({ name: nameOf(schemaname, relname), tag, path });
      }
    }
  }
  return wanted;
}

/** They may set the search path, or make and drop what nobody can read from them. */
const UNFORESEEN: ReadonlySet<string> = new Set(['VariableSetStmt', 'DoStmt', 'CallStmt', 'DropOwnedStmt']);

/** Tables whose names are free behind the statement. */
function namesThatGo(kind: string, node: Readonly<Record<string, unknown>>): readonly string[] {
  if (kind === 'DropStmt') return namesOfDrop(node);
  if (kind !== 'RenameStmt' && kind !== 'AlterObjectSchemaStmt') return [];
  return [(node.relation as RelationName | undefined)?.relname ?? ''];
}

/** `existing`: those of the tables that are there. */
export function notBaselined(existing: readonly TableToMake[]): Finding | undefined {
  const [first] = existing;
  if (!first) return undefined;
  const others = existing.length - 1;
  return {
    code: 'not-baselined',
    severity: 'error',
    at: { file: first.path },
    message: `The tracking table has no rows, but ${existing.length === 1 ? 'a table' : `${existing.length} tables`} that the migrations make ${existing.length === 1 ? 'is' : 'are'} there already: ${first.name.replaceAll('"', '')}${others > 0 ? `, and ${others} more` : ''}.`,
    consequence: `The database was made by hand, by \`push\` or by another tool, or its rows were lost. drizzle-kit would run every migration, and fail at \`${first.tag}\` (42P07).`,
    fix: 'Run `migrator baseline`: it finds out which migrations the database has, proves it, and marks them as applied.',
  };
}

function namesOfDrop(node: Readonly<Record<string, unknown>>): string[] {
  const objects = (node.objects ?? []) as { readonly List?: { readonly items?: readonly unknown[] } }[];
  return objects.flatMap(({ List }) => {
    const last = List?.items?.at(-1) as { readonly String?: { readonly sval?: string } } | undefined;
    return last?.String?.sval ?? [];
  });
}

function nameOf(schema: string | undefined, table: string): string {
  return schema === undefined ? quoteIdent(table) : `${quoteIdent(schema)}.${quoteIdent(table)}`;
}
