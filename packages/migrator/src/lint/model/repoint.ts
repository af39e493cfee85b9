import type { Schema } from './schema.js';

/** Foreign keys, indexes and partitions follow a table to its new name. */
export function repoint(schema: Schema, from: string, to: string): void {
  for (const table of schema.tables.values()) {
    if (table.partitionOf === from) table.partitionOf = to;
    for (const constraint of table.constraints.values()) {
      if (constraint.references === from) constraint.references = to;
    }
  }
  for (const [index, table] of schema.indexes) if (table === from) schema.indexes.set(index, to);
}
