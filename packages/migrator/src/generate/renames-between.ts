import { recordedRenames } from './recorded-renames.js';
import { applyRenames, type Rename } from './renames.js';
import type { Snapshot } from './snapshot.js';

/**
 * The renames that a migration's SQL makes and its snapshots show too: a table that was made and renamed in one migration never
 * had its first name. Needs `loadParser`.
 */
export function renamesBetween(before: Snapshot, after: Snapshot, sql: string): Rename[] {
  const kept: Rename[] = [];
  for (const rename of recordedRenames(sql)) {
    const now = applyRenames(before, kept);
    if (has(now, rename, rename.from) && has(after, rename, rename.to) && !has(after, rename, rename.from))
      kept.push(rename);
  }
  return kept;
}

function has(snapshot: Snapshot, { kind, within }: Rename, name: string): boolean {
  switch (kind) {
    case 'column':
      return snapshot.tables[within]?.columns[name] !== undefined;
    case 'policy':
      return snapshot.tables[within]?.policies[name] !== undefined;
    case 'enum-value':
      return snapshot.enums[within]?.values.includes(name) === true;
    case 'schema':
      return snapshot.schemas[name] !== undefined;
    case 'role':
      return snapshot.roles[name] !== undefined;
    case 'enum':
      return snapshot.enums[name] !== undefined;
    case 'table':
      return snapshot.tables[name] !== undefined;
    case 'sequence':
      return snapshot.sequences[name] !== undefined;
    case 'view':
      return snapshot.views[name] !== undefined;
  }
}
