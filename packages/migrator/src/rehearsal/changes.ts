import type { Picture } from './picture.js';
import type { Relation, Relations } from './relations.js';
import type { LockMode, RelationLock, RowsRead, Touched } from './types.js';

/** What is known of the relations while a migration runs. */
export interface Known {
  /** Before the migration. */
  readonly original: Relations;
  /** As last seen, also what is gone since. */
  readonly latest: Map<string, Relation>;
}

export interface Changes {
  readonly locks: readonly RelationLock[];
  readonly rewrites: readonly Touched[];
  readonly reads: readonly RowsRead[];
}

/** What lies between two pictures of one transaction. `known.latest` is brought up to date. */
export function changesBetween(before: Picture, after: Picture, known: Known): Changes {
  const rewrites = noteRelations(after.relations, known);
  return {
    locks: locksBeyond(before.locks, after.locks, known),
    rewrites,
    reads: byName(
      [...after.reads].flatMap(([oid, rows]) => {
        const more = rows - (before.reads.get(oid) ?? 0);
        const touched = more > 0 ? describe(oid, known) : undefined;
        return touched ? [{ ...touched, rows: more }] : [];
      }),
    ),
  };
}

/** Takes note of relations as they are now, and tells which of the older ones got a new file. */
export function noteRelations(relations: Iterable<Relation>, known: Known): readonly Touched[] {
  const rewritten: string[] = [];
  for (const relation of relations) {
    const { oid, file } = relation;
    const last = known.latest.get(oid);
    if (last && last.file !== null && file !== null && file !== last.file) rewritten.push(oid);
    known.latest.set(oid, relation);
  }
  return byName(rewritten.flatMap((oid) => describe(oid, known) ?? []));
}

export function locksBeyond(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  known: Known,
): readonly RelationLock[] {
  const fresh = [...after].filter((lock) => !before.has(lock) && !lock.endsWith(' AccessShareLock'));
  return byName(
    fresh.flatMap((lock) => {
      const [oid = '', mode = ''] = lock.split(' ');
      const touched = describe(oid, known);
      return touched ? [{ ...touched, mode: mode as LockMode }] : [];
    }),
  );
}

/** Undefined for what came and went within one statement. */
function describe(oid: string, { original, latest }: Known): Touched | undefined {
  const relation = original.get(oid) ?? latest.get(oid);
  if (!relation) return undefined;
  const nameOf = (other: string | null) => {
    const found = other === null ? undefined : (original.get(other) ?? latest.get(other));
    return found && `${found.schema}.${found.name}`;
  };
  const name = `${relation.schema}.${relation.name}`;
  const parent = nameOf(relation.parent);
  return {
    relation: name,
    kind: relation.kind,
    table: nameOf(relation.table) ?? name,
    ...(parent !== undefined && relation.kind !== 'index' && { parent }),
    existed: original.has(oid),
  };
}

/** Tables before their indexes. */
function byName<T extends Touched & { readonly mode?: string }>(touched: readonly T[]): readonly T[] {
  const rank = ({ kind }: T) => (kind === 'index' ? 1 : 0);
  const key = ({ relation, mode }: T) => `${relation} ${mode ?? ''}`;
  return [...touched].sort((a, b) => rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1));
}
