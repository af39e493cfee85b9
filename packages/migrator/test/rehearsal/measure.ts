import { MigratorError } from '../../src/errors/migrator-error.js';
import type { Claims } from '../../src/lint/index.js';
import { type LockMode, type Rehearsal, type RelationLock, rehearse, strengthOf } from '../../src/rehearsal/index.js';
import type { Scratch, ScratchDatabase } from '../../src/scratch/index.js';

/** What a piece of SQL does on top of a set-up, as the rehearsal tells it; or the SQLSTATE that it fails with. */
export async function measure(
  scratch: Scratch,
  from: ScratchDatabase,
  { sql, setUp }: { readonly sql: string; readonly setUp?: string | undefined },
): Promise<Rehearsal | { readonly fails: string }> {
  const database = await scratch.create({ from });
  try {
    if (setUp !== undefined) await database.run(setUp);
    return await rehearse(database, { tag: 'case', path: 'case.sql', sql }, scratch.serverVersion);
  } catch (error) {
    if (!(error instanceof MigratorError) || error.code !== 'statement-failed') throw error;
    return { fails: String((error.cause as { readonly code?: string }).code) };
  } finally {
    await database.drop();
  }
}

/** One line of `locks-pg*.tsv`, without the name: `t:AccessExclusiveLock|rewritten=t,t_a|scanned=t:1000`. New things are marked with `+`. */
export function lineOf(measured: Rehearsal | { readonly fails: string }): string {
  if ('fails' in measured) return `fails ${measured.fails}`;
  const { statements } = measured;
  const name = ({ relation, existed }: { readonly relation: string; readonly existed: boolean }) =>
    `${existed ? '' : '+'}${relation.replace(/^public\./, '')}`;
  const listed = (parts: readonly string[]) => [...new Set(parts)].sort().join(', ') || '-';
  return [
    listed(statements.flatMap((one) => surelySeen(one).map((lock) => `${name(lock)}:${lock.mode}`))),
    `rewritten=${listed(statements.flatMap(({ rewrites }) => rewrites.map(name)))}`,
    `scanned=${listed(statements.flatMap(({ reads }) => reads.map((read) => `${name(read)}:${read.rows}`)))}`,
  ].join('|');
}

/** Of what is sampled, only the strongest lock on each table: it is what the statement waits with. */
function surelySeen({ locks, measured }: Rehearsal['statements'][number]): readonly RelationLock[] {
  if (measured === 'exact') return locks;
  const tables = locks.filter(({ kind }) => kind !== 'index');
  return tables.filter((lock) =>
    tables.every(({ relation, mode }) => relation !== lock.relation || strengthOf(mode) <= strengthOf(lock.mode)),
  );
}

/** What a lint rule claims of its first bad block; see `src/lint/rule.ts`. */
export type Claimed = Pick<Claims, 'locks' | 'rewrites' | 'scans' | 'fails'>;

/** The same, as it was measured: the strongest lock on each table that was there before, tables rewritten and tables read. */
export function claimsOf(
  measured: readonly (Rehearsal | { readonly fails: string })[],
): Required<Omit<Claimed, 'fails'>> & Claimed {
  const locks: Record<string, LockMode> = {};
  const rewrites = new Set<string>();
  const scans = new Set<string>();
  let fails: string | undefined;
  for (const one of measured) {
    if ('fails' in one) {
      fails ??= one.fails;
      continue;
    }
    for (const statement of one.statements) {
      for (const lock of statement.locks.filter(
        ({ existed, kind }) => existed && kind !== 'sequence' && kind !== 'index',
      )) {
        const name = unqualified(lock.relation);
        const before = locks[name];
        if (before === undefined || strengthOf(lock.mode) > strengthOf(before)) locks[name] = lock.mode;
      }
      for (const { existed, kind, relation } of statement.rewrites) {
        if (existed && kind !== 'index') rewrites.add(unqualified(relation));
      }
      for (const { existed, relation } of statement.reads) if (existed) scans.add(unqualified(relation));
    }
  }
  return { locks, rewrites: [...rewrites].sort(), scans: [...scans].sort(), ...(fails !== undefined && { fails }) };
}

function unqualified(relation: string): string {
  return relation.replace(/^public\./, '');
}
