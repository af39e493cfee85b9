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
}

/**
 * What a run upon a database without tracking rows would make, and not find there. Tables that a migration makes only where
 * they do not exist, or drops first, are none of them. Pure; needs `loadParser`.
 */
export function tablesToMake({ statuses }: Comparison): readonly TableToMake[] {
  // What a stopped run has left is its own affair.
  if (statuses.some(({ row, halfApplied }) => row ?? halfApplied)) return [];
  const dropped = new Set<string>();
  return statuses.flatMap(({ migration: { tag, path, file } }) =>
    (file?.sql ?? '')
      .split('--> statement-breakpoint')
      .flatMap((chunk) => parseStatements(chunk) ?? [])
      .flatMap(({ kind, node }) => {
        if (kind === 'DropStmt') for (const name of namesOfDrop(node)) dropped.add(name);
        if (kind !== 'CreateStmt' || node.if_not_exists === true) return [];
        const { schemaname, relname = '' } = (node.relation ?? {}) as RelationName;
        const isTemporary = (node.relation as { readonly relpersistence?: string }).relpersistence === 't';
        return isTemporary || dropped.has(relname) ? [] : [{ name: nameOf(schemaname, relname), tag, path }];
      }),
  );
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
