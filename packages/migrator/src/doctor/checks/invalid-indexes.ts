import { type Check, ok, warn } from '../types.js';

export const invalidIndexes: Check = {
  id: 'invalid-indexes',
  title: 'Invalid indexes',
  needs: 'database',
  async run({ reader }) {
    // One that is being built is invalid too.
    const rows = await reader.rows<{ name: string; owner: string; partitioned: boolean; leftover: boolean }>(
      `select format('%I.%I', n.nspname, c.relname) as name, i.indrelid::regclass::text as owner,
         c.relkind = 'I' as partitioned, c.relname ~ '_cc(new|old)[0-9]*$' as leftover
       from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       where (not i.indisvalid or not i.indisready) and n.nspname !~ '^pg_'
         and not exists (select from pg_stat_progress_create_index b where b.index_relid = i.indexrelid)
       order by 1`,
    );
    const [first] = rows;
    if (!first) return ok('None.');
    return warn(
      `${rows.length === 1 ? 'One index is' : `${rows.length} indexes are`} invalid: written with every row, and used by no query. What was built CONCURRENTLY and stopped leaves such a one.`,
      fixOf(first),
      rows.map(({ name, owner }) => `${name} on ${owner}`),
    );
  },
};

function fixOf({ name, partitioned, leftover }: { name: string; partitioned: boolean; leftover: boolean }): string {
  if (partitioned) return `Attach an index of every partition: \`alter index ${name} attach partition <index>\`.`;
  return leftover
    ? `\`drop index concurrently ${name}\`: it is what a REINDEX has left.`
    : `\`reindex index concurrently ${name}\`, or \`drop index concurrently ${name}\`.`;
}
