import { splitStatements } from '../sql/split.js';
import type { Snapshot } from './snapshot.js';

export const CUSTOM_UP = '-- Write the SQL of this migration here.\n';

/** A down file that somebody has to fill in: it has no statement, and gives no reason why there is none. */
export function emptyDown(reason?: string): string {
  return [
    ...(reason === undefined ? [] : [`-- Not generated: ${reason.replace(/\s+/g, ' ')}`]),
    '-- Write here the SQL that undoes this migration. If nothing can, say why, in a comment line of its own:',
    '-- two dashes and `migrator: irreversible`, followed by the reason.',
    '',
  ].join('\n');
}

/**
 * What of a history the schema itself does not say, and may be made of: extensions, functions, types, existing roles.
 * `made`: schemas that it makes itself. Needs `loadParser`.
 */
export function preludeOf(histories: readonly string[], made: ReadonlySet<string>): string[] {
  return histories.flatMap((sql) =>
    splitStatements(sql).flatMap(({ kind, text, node }) => {
      if (kind === 'AlterTableStmt' || kind === 'CreateStmt') return [];
      if (kind === 'CreateSchemaStmt' && made.has(String(node.schemaname))) return [];
      return PRELUDE.has(kind) || (kind === 'CreateRoleStmt' && node.role) ? [text] : [];
    }),
  );
}

const PRELUDE = new Set([
  'CreateSchemaStmt',
  'CreateExtensionStmt',
  'CreateFunctionStmt',
  'CreateDomainStmt',
  'CompositeTypeStmt',
  'CreateRangeStmt',
  'CreateOpClassStmt',
  'CreateCastStmt',
  'DefineStmt',
]);

/** The schemas that snapshots make themselves. */
export function schemasIn(...snapshots: readonly Pick<Snapshot, 'schemas'>[]): ReadonlySet<string> {
  return new Set(snapshots.flatMap(({ schemas }) => Object.keys(schemas)));
}
