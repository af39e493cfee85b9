import { referencesTo, type Schema } from '../model/schema.js';
import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const truncateCascade = defineRule({
  id: 'truncate-cascade',
  title: 'TRUNCATE … CASCADE empties every table that refers to the one that is named, and those that refer to them.',
  severity: 'error',
  preset: 'recommended',
  category: 'loss',
  consequence: 'All of their rows are lost, whether they refer to anything or not.',
  fix: 'Name the tables that are meant, without CASCADE.',
  claims: { locks: { users: 'AccessExclusiveLock', songs: 'AccessExclusiveLock' }, rewrites: ['songs', 'users'] },
  on: ['TruncateStmt'],
  check({ node }, { schema }) {
    if (node.behavior !== 'DROP_CASCADE') return [];
    const named = ((node.relations ?? []) as readonly { RangeVar?: unknown }[]).map(({ RangeVar }) => nameOf(RangeVar));
    const reached = new Set(named.map(({ key }) => key));
    for (const key of reached) for (const next of referring(schema, key)) reached.add(next);
    const shown = [...reached].map((key) => `\`${key.replace(/^public\./, '')}\``);
    return [{ message: `All rows of ${shown.join(', ')} are lost.`, table: named[0]?.key }];
  },
});

function referring(schema: Schema, key: string): string[] {
  return referencesTo(schema, key).map(({ table }) => `${table.schema}.${table.name}`);
}
