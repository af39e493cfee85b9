import { type Check, ok, unknown, warn } from '../types.js';

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
    const details = rows.map(({ name, owner }) => `${name} on ${owner}`);
    const [hidden] = await reader.rows<{ count: number }>(
      `select count(*)::int as count from pg_stat_progress_create_index
       where datname = current_database() and index_relid is null`,
    );
    if (Number(hidden?.count) > 0) {
      return unknown(
        `${rows.length === 1 ? 'One index is' : `${rows.length} indexes are`} invalid, or just being built: a session that builds one may not be looked into.`,
        'Wait until it is done, or let a superuser run `grant pg_read_all_stats to <role>`. Drop nothing before.',
        details,
      );
    }
    return warn(
      `${rows.length === 1 ? 'One index is' : `${rows.length} indexes are`} invalid: written with every row, and used by no query. What was built CONCURRENTLY and stopped leaves such a one.`,
      fixOf(first),
      details,
    );
  },
};

function fixOf({ name, partitioned, leftover }: { name: string; partitioned: boolean; leftover: boolean }): string {
  if (partitioned) return `Attach an index of every partition: \`alter index ${name} attach partition <index>\`.`;
  return leftover
    ? `\`drop index concurrently ${name}\`: it is what a REINDEX has left.`
    : `\`reindex index concurrently ${name}\`, or \`drop index concurrently ${name}\`.`;
}
