import { defineRule } from '../rule.js';
import { nameOf } from '../syntax.js';

export const vacuumFull = defineRule({
  id: 'vacuum-full',
  title: 'VACUUM FULL writes the whole table anew while nobody may read or write it.',
  severity: 'error',
  preset: 'recommended',
  category: 'blocking',
  consequence: 'Everybody who uses the table waits until it is done.',
  fix: 'Plain VACUUM; pg_repack, or REPACK … CONCURRENTLY from Postgres 19 on, to give space back.',
  claims: { locks: { songs: 'AccessExclusiveLock' }, rewrites: ['songs'] },
  on: ['VacuumStmt'],
  check({ node }, { isNew }) {
    if (!node.is_vacuumcmd || !JSON.stringify(node.options ?? '').includes('"full"')) return [];
    const tables = ((node.rels ?? []) as readonly { VacuumRelation?: { relation?: unknown } }[]).map(
      ({ VacuumRelation }) => nameOf(VacuumRelation?.relation),
    );
    if (tables.length === 0) return [{ message: 'Every table of the database is written anew.' }];
    return tables
      .filter(({ key }) => !isNew(key))
      .map(({ key, shown }) => ({ message: `\`${shown}\` is written anew.`, table: key }));
  },
});
