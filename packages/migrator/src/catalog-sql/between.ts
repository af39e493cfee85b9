import {
  type Catalog,
  type CatalogDifference,
  type CatalogKind,
  type CatalogObject,
  compareCatalogs,
  inheritedFrom,
} from '../catalog/index.js';
import { quoteIdent } from '../sql/quote.js';
import { alterObject } from './alter.js';
import { detach, revoke } from './attachments.js';
import { type AlterColumn, afterParent } from './columns.js';
import { columnsOf, createObject, inheritedColumn, unlikeParent } from './create.js';
import { type Impact, impactOf } from './impact.js';
import { dropObject, ownName, quoteParts, relationOf, setReplicaIdentity, wordOf } from './names.js';
import { inOrder, type Task } from './order.js';

/** One statement, and the object it is for. */
export interface CatalogStatement {
  readonly sql: string;
  readonly key: string;
  readonly action: 'create' | 'alter' | 'drop';
}

export interface StatementsBetween {
  readonly statements: readonly CatalogStatement[];
  /** What no statement can do, and why. */
  readonly impossible: readonly { readonly key: string; readonly why: string }[];
}

export interface BetweenOptions {
  /** What to do away with. Default: every difference. Seen from `from`, as `compareCatalogs(to, from)` gives them. */
  readonly differences?: readonly CatalogDifference[];
  /** Both catalogs were read with their grants: new objects get exactly those. */
  readonly grants?: boolean;
  /** A column that cannot become what it is to be is made anew, and its values are lost. Default: it is impossible. */
  readonly losesColumns?: boolean;
  /** Major version; below 17 a generated column takes no other expression, and is made anew. Default: 17. */
  readonly serverVersion?: number;
  /** What to write behind USING where a column's type changes. Default: a cast. */
  readonly conversion?: AlterColumn['conversion'];
}

/**
 * The DDL that turns one catalog into another, in an order that works; from an empty one, that of a whole database. Both must
 * have been read with `dependencies`; what is made anew keeps the comments, owners and grants that `from` was read with. Pure.
 * An added enum value can be used only once the statement is committed.
 */
export function statementsBetween(from: Catalog, to: Catalog, options: BetweenOptions = {}): StatementsBetween {
  const differences = options.differences ?? compareCatalogs(to, from);
  const impact = impactOf(from, to, differences, options);
  const wanted = new Set(differences.map(({ key }) => key));
  const stage = new Stage(from, to, wanted, impact, options);
  const tasks = stage.tasks();
  const bodies = tasks.some(({ statements }) => statements.some(({ key }) => /^(?:function|procedure):/.test(key)));
  return {
    statements: [
      // What a body names may be made after it.
      ...(bodies ? [{ sql: 'set check_function_bodies = off', key: '', action: 'alter' as const }] : []),
      ...stage.detachedDefaults(),
      // By the names that types still have: those of arguments are part of a function's.
      ...stage.drops('early'),
      ...stage.renamedTypes(),
      ...inOrder(tasks).flatMap(({ statements }) => statements),
      ...stage.drops('late'),
    ],
    impossible: [...impact.impossible, ...stage.impossible],
  };
}

interface CatalogTask extends Task {
  readonly statements: readonly CatalogStatement[];
}

const RANKS: readonly CatalogKind[] = [
  'schema',
  'extension',
  'foreign-server',
  'collation',
  'text-search-dictionary',
  'text-search-configuration',
  'enum',
  'domain',
  'composite-type',
  'range-type',
  'sequence',
  'function',
  'procedure',
  'aggregate',
  'cast',
  'operator',
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'materialized-view',
  'statistics',
  'trigger',
  'rule',
  'policy',
  'event-trigger',
  'publication',
  'owner',
  'comment',
  'grant',
  'default-privileges',
];

const TYPES: ReadonlySet<CatalogKind> = new Set(['enum', 'domain', 'composite-type', 'range-type']);
/** Everybody may use these, unless it is taken away. */
const OPEN_TO_ALL: ReadonlySet<CatalogKind> = new Set([...TYPES, 'function', 'procedure', 'aggregate']);

class Stage {
  readonly impossible: { key: string; why: string }[] = [];

  private readonly from: Catalog;
  private readonly to: Catalog;
  private readonly wanted: ReadonlySet<string>;
  private readonly impact: Impact;
  private readonly grants: boolean;
  private readonly conversion: AlterColumn['conversion'];
  private dependents: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  constructor(from: Catalog, to: Catalog, wanted: ReadonlySet<string>, impact: Impact, options: BetweenOptions) {
    this.from = from;
    this.to = to;
    this.wanted = wanted;
    this.impact = impact;
    this.grants = options.grants === true;
    this.conversion = options.conversion;
  }

  /** What an object is to be: as `to` has it if that is wanted, else as it is. */
  private target(key: string): CatalogObject | undefined {
    return this.wanted.has(key) ? this.to.get(key) : (this.from.get(key) ?? this.to.get(key));
  }

  detachedDefaults(): readonly CatalogStatement[] {
    return [...this.impact.detachDefault].flatMap((key) => {
      const column = this.from.get(key);
      return column?.kind === 'column' && column.facts.default !== undefined
        ? [statement(column, 'alter', `alter table ${relationOf(column)} alter column ${ownName(column)} drop default`)]
        : [];
    });
  }

  renamedTypes(): readonly CatalogStatement[] {
    return this.retyped().map((type) =>
      statement(type, 'alter', `alter ${wordOf(type)} ${quoteParts(type.parts)} rename to ${oldName(type)}`),
    );
  }

  private retyped(): readonly CatalogObject[] {
    return [...this.impact.retype].flatMap((key) => this.from.get(key) ?? []);
  }

  /** Late ones are types that columns let go of on the way. */
  drops(when: 'early' | 'late'): readonly CatalogStatement[] {
    const { drop, remake } = this.impact;
    const gone = [...drop, ...remake]
      .flatMap((key) => this.from.get(key) ?? [])
      .filter((object) => !this.goesWith(object));
    const chosen = gone.filter(
      (object) => isAttachment(object) === false && (this.isHeld(object) ? 'late' : 'early') === when,
    );
    const tasks = byRank(chosen).map((object) => ({
      id: object.key,
      after: this.neededBy(object),
      statements: [...this.detached(object), statement(object, 'drop', dropObject(object))],
    }));
    const old =
      when === 'early'
        ? []
        : this.retyped()
            .map((type) =>
              statement(
                type,
                'drop',
                `drop ${wordOf(type)} ${quoteParts([...type.parts.slice(0, -1)])}.${oldName(type)}`,
              ),
            )
            .reverse();
    const circles = when === 'early' ? this.circles(gone) : [];
    return [...circles, ...inOrder([...tasks].reverse()).flatMap(({ statements }) => statements), ...old];
  }

  /** Tables that go, and whose foreign keys point at each other: no order would do before those are gone. */
  private circles(gone: readonly CatalogObject[]): readonly CatalogStatement[] {
    const tables = new Set(gone.flatMap(({ key, kind }) => (kind === 'table' ? [key] : [])));
    const foreignKeys = [...this.from.values()].flatMap((object) => {
      if (object.kind !== 'constraint' || object.facts.references === undefined || object.of === undefined) return [];
      const edge = { object, table: object.of, target: `table:${object.facts.references}` };
      const owner = this.from.get(object.of);
      // That of a partition goes with that of the whole.
      const isPart = owner?.kind === 'table' && owner.facts.bound !== undefined;
      return tables.has(edge.table) && tables.has(edge.target) && edge.table !== edge.target && !isPart ? [edge] : [];
    });
    const targets = new Map<string, string[]>();
    for (const { table, target } of foreignKeys) targets.set(table, [...(targets.get(table) ?? []), target]);
    const reaches = (start: string, end: string, seen = new Set<string>()): boolean => {
      if (start === end) return true;
      if (seen.has(start)) return false;
      seen.add(start);
      return (targets.get(start) ?? []).some((next) => reaches(next, end, seen));
    };
    return foreignKeys
      .filter(({ table, target }) => reaches(target, table))
      .map(({ object }) => statement(object, 'drop', dropObject(object)));
  }

  /** Foreign keys that point at the whole hold on to each partition. */
  private detached(object: CatalogObject): readonly CatalogStatement[] {
    if (object.kind !== 'table' || object.facts.bound === undefined) return [];
    const [parent] = object.facts.parents;
    return parent && !this.impact.drop.has(`table:${object.facts.partitionOf}`)
      ? [statement(object, 'alter', `alter table ${quoteParts(parent)} detach partition ${quoteParts(object.parts)}`)]
      : [];
  }

  /** It is dropped together with what it belongs to, or that of its parent. */
  private goesWith(object: CatalogObject): boolean {
    const parent = inheritedFrom(object) ?? '';
    if (this.impact.drop.has(parent) || this.impact.remake.has(parent) || this.isTakenOver(object)) return true;
    const { of } = object;
    if (of === undefined) return false;
    if (this.impact.drop.has(of) || this.impact.remake.has(of)) return true;
    const owner = this.from.get(of);
    return owner !== undefined && this.goesWith(owner);
  }

  /** A table becomes a partition, and what it has already is what the whole asks of its partitions. */
  private isTakenOver(object: CatalogObject): boolean {
    const [table, partition] = [this.from.get(object.of ?? ''), this.to.get(object.of ?? '')];
    if (table?.kind !== 'table' || partition?.kind !== 'table') return false;
    if (table.facts.bound !== undefined || partition.facts.partitionOf === undefined) return false;
    const asked = sameIn(object);
    const whole = `table:${partition.facts.partitionOf}`;
    return asked !== undefined && [...this.to.values()].some((other) => other.of === whole && sameIn(other) === asked);
  }

  /** A partition that is detached keeps what it had from the whole, by names that may be these. */
  private released(object: CatalogObject): readonly string[] {
    const [partition, table] = [this.from.get(object.of ?? ''), this.to.get(object.of ?? '')];
    if (partition?.kind !== 'table' || table?.kind !== 'table') return [];
    if (partition.facts.bound === undefined || table.facts.bound !== undefined) return [];
    if (object.kind === 'index') return [`drop index if exists ${quoteParts(object.parts)}`];
    if (object.kind !== 'constraint') return [];
    return [`alter table ${relationOf(object)} drop constraint if exists ${ownName(object)}`];
  }

  /** What must be dropped before it: what needs it, or a part of it, such as the key that a foreign key points at. */
  private neededBy({ key }: CatalogObject): readonly string[] {
    this.dependents ??= this.readDependents();
    return [...(this.dependents.get(key) ?? [])];
  }

  private readDependents(): ReadonlyMap<string, ReadonlySet<string>> {
    const dependents = new Map<string, Set<string>>();
    const add = (needed: string, keys: readonly string[]) => {
      const known = dependents.get(needed) ?? new Set();
      for (const key of keys) known.add(key);
      dependents.set(needed, known);
    };
    const owners = (key: string): string[] => {
      const of = this.from.get(key)?.of;
      return of === undefined ? [] : [of, ...owners(of)];
    };
    for (const { key, needs = [] } of this.from.values()) {
      const self = [key, ...owners(key)];
      for (const owner of self.slice(1)) add(owner, [key]);
      for (const need of needs) {
        for (const needed of [need, ...owners(need)]) if (!self.includes(needed)) add(needed, self);
        if (self.includes(need)) add(need, [key]);
      }
    }
    return dependents;
  }

  private isHeld(object: CatalogObject): boolean {
    if (!TYPES.has(object.kind)) return false;
    return [...this.from.values()].some(
      (other) =>
        other.kind === 'column' &&
        other.needs?.includes(object.key) &&
        !this.impact.drop.has(other.key) &&
        !this.impact.remake.has(other.key) &&
        !this.goesWith(other),
    );
  }

  tasks(): readonly CatalogTask[] {
    const { create, remake, alter, retype, drop } = this.impact;
    const made = byRank([...create, ...remake, ...retype].flatMap((key) => this.target(key) ?? []));
    const tables = new Set(made.filter(({ kind }) => kind === 'table').map(({ key }) => key));
    const separate = this.separateDefaults(made);
    const tasks: CatalogTask[] = [];
    for (const object of made) {
      if (object.kind === 'column' && tables.has(object.of ?? '')) continue;
      tasks.push(...this.creation(object, separate));
    }
    const altered = [...alter].flatMap((key) => this.target(key) ?? []);
    for (const table of [...made, ...altered]) if (table.kind === 'table') tasks.push(...this.replicaIdentity(table));
    for (const key of separate) tasks.push(...this.defaultOf(key));
    for (const key of this.impact.detachDefault)
      if (!drop.has(key) && !remake.has(key)) tasks.push(...this.defaultOf(key));
    const columns = new Set([...alter].filter((key) => key.startsWith('column:')));
    for (const key of this.retypedColumns()) columns.add(key);
    for (const object of byRank([...alter, ...columns].flatMap((key) => this.target(key) ?? [])))
      if (!tasks.some(({ id }) => id === object.key)) tasks.push(this.alteration(object));
    for (const key of drop) {
      const object = this.from.get(key);
      if (object && isAttachment(object) && !this.goesWith(object)) tasks.push(this.detachment(object));
    }
    return tasks;
  }

  /** Columns that hold values of a type that is made anew. */
  private retypedColumns(): readonly string[] {
    const { retype, drop, remake } = this.impact;
    return [...this.from.values()].flatMap(({ kind, key, needs }) =>
      kind === 'column' && needs?.some((need) => retype.has(need)) && !drop.has(key) && !remake.has(key) ? [key] : [],
    );
  }

  /** Functions may stand on the table whose defaults call them. */
  private separateDefaults(made: readonly CatalogObject[]): ReadonlySet<string> {
    return new Set(
      made.flatMap((object) =>
        object.kind === 'column' &&
        object.facts.default !== undefined &&
        object.needs?.some((need) => need.startsWith('function:'))
          ? [object.key]
          : [],
      ),
    );
  }

  private creation(object: CatalogObject, separate: ReadonlySet<string>): readonly CatalogTask[] {
    const catalog = this.to.has(object.key) ? this.to : this.from;
    const parent = inheritedColumn(object, catalog);
    // That of the parent brings it.
    if (object.kind === 'constraint' && catalog.has(object.facts.inheritedFrom ?? '')) return [];
    const made =
      object.kind === 'column' && parent ? unlikeParent(object, parent) : createObject(object, catalog, separate);
    if (made === undefined) {
      this.impossible.push({ key: object.key, why: 'There is no statement of ours that makes it.' });
      return [];
    }
    const covered = object.kind === 'table' ? columnsOf(object, catalog) : [];
    const open =
      this.grants && OPEN_TO_ALL.has(object.kind) && !catalog.has(`grant:${object.key}:public`)
        ? [revoke(object, { role: 'public' })]
        : [];
    const waitsFor = [object, ...covered].flatMap((part) =>
      (part.needs ?? []).filter((need) => !(separate.has(part.key) && need.startsWith('function:'))),
    );
    return [
      {
        id: object.key,
        after: [
          ...waitsFor.flatMap((need) => [need, ...this.holderOf(need)]),
          ...(object.of ? [object.of, ...this.holderOf(object.of)] : []),
          ...(parent ? [parent.key, parent.of ?? ''] : []),
          ...this.ownerFor(object),
        ],
        statements: [...this.released(object), ...made, ...open].map((sql) => statement(object, 'create', sql)),
      },
    ];
  }

  /** It may name an index, which comes after the table. */
  private replicaIdentity(table: CatalogObject<'table'>): readonly CatalogTask[] {
    const { type, replicaIdentity } = table.facts;
    const before = this.impact.alter.has(table.key) ? this.from.get(table.key) : undefined;
    const was = before?.kind === 'table' ? before.facts.replicaIdentity : 'replica identity default';
    if (type === 'foreign' || replicaIdentity === was || /\(dropped\)/.test(replicaIdentity)) return [];
    const inside = [...this.to.values()].filter(
      ({ of, kind }) => of === table.key && /^(?:index|constraint)$/.test(kind),
    );
    const statements = [statement(table, 'alter', setReplicaIdentity(table))];
    return [{ id: `replica identity ${table.key}`, after: [table.key, ...inside.map(({ key }) => key)], statements }];
  }

  /** A column of a new table is there when the table is. */
  private holderOf(key: string): readonly string[] {
    const object = this.to.get(key) ?? this.from.get(key);
    return object?.kind === 'column' && object.of ? [object.of] : [];
  }

  private defaultOf(key: string): readonly CatalogTask[] {
    const column = this.target(key);
    if (column?.kind !== 'column' || column.facts.default === undefined) return [];
    const sql = `alter table ${relationOf(column)} alter column ${ownName(column)} set default ${column.facts.default}`;
    return [
      {
        id: `default ${key}`,
        after: [key, `default ${inheritedFrom(column)}`, column.of ?? '', ...(column.needs ?? [])],
        statements: [statement(column, 'alter', sql)],
      },
    ];
  }

  private alteration(object: CatalogObject): CatalogTask {
    const parent = inheritedFrom(object) ?? '';
    const before = this.asParentLeavesIt(this.from.get(object.key) ?? object, parent);
    const retype = parent === '' && this.isRetyped(before);
    const statements = alterObject(before, object, this.to, {
      retype,
      conversion: this.conversion,
      withoutDefault: this.impact.detachDefault.has(object.key),
      sequenceStays: this.sequenceStays(before, object),
    });
    return {
      id: object.key,
      after: [
        ...(object.needs ?? []).flatMap((need) => [need, ...this.holderOf(need)]),
        ...(object.of ? [object.of] : []),
        parent,
        ...this.ownerFor(object),
      ],
      statements: (statements ?? []).map((sql) => statement(object, 'alter', sql)),
    };
  }

  private isRetyped(object: CatalogObject | undefined): boolean {
    return object?.needs?.some((need) => this.impact.retype.has(need)) ?? false;
  }

  /** Statements about the column of a parent reach the columns that are there for it. */
  private asParentLeavesIt(column: CatalogObject, parent: string): CatalogObject {
    const [before, after] = [this.from.get(parent), this.target(parent)];
    if (column.kind !== 'column' || before?.kind !== 'column' || after?.kind !== 'column') return column;
    return { ...column, facts: afterParent(column.facts, before.facts, after.facts, this.isRetyped(before)) };
  }

  /** The sequence of a serial column is an object of its own on the other side: its counter must not be lost. */
  private sequenceStays(before: CatalogObject, after: CatalogObject): boolean {
    if (before.kind !== 'column' || after.kind !== 'column') return false;
    const [from, to] = [before.facts.sequence, after.facts.sequence];
    return (
      (from === undefined && to !== undefined && this.from.has(`sequence:${to}`)) ||
      (to === undefined && from !== undefined && this.to.has(`sequence:${from}`))
    );
  }

  /** What somebody was granted is merged with what is his as the owner: ownership has to pass on first. */
  private ownerFor({ kind, of = '' }: CatalogObject): readonly string[] {
    if (kind !== 'grant') return [];
    const table = (this.to.get(of) ?? this.from.get(of))?.of;
    return [`owner:${of}`, ...(table === undefined ? [] : [`owner:${table}`])];
  }

  private detachment(object: CatalogObject): CatalogTask {
    const statements = isAttachment(object) ? detach(object, this.from) : undefined;
    if (statements === undefined && object.kind !== 'owner')
      this.impossible.push({ key: object.key, why: 'There is no statement of ours that takes it away.' });
    return {
      id: object.key,
      after: this.ownerFor(object),
      statements: (statements ?? []).map((sql) => statement(object, 'drop', sql)),
    };
  }
}

function isAttachment(
  object: CatalogObject,
): object is CatalogObject<'comment' | 'owner' | 'grant' | 'default-privileges'> {
  return ['comment', 'owner', 'grant', 'default-privileges'].includes(object.kind);
}

function byRank(objects: readonly CatalogObject[]): readonly CatalogObject[] {
  return [...objects].sort((a, b) => RANKS.indexOf(a.kind) - RANKS.indexOf(b.kind) || (a.key < b.key ? -1 : 1));
}

function statement({ key }: CatalogObject, action: CatalogStatement['action'], sql: string): CatalogStatement {
  return { sql, key, action };
}

/** What two objects of different tables have in common that ask the same of them. */
function sameIn(object: CatalogObject): string | undefined {
  if (object.kind === 'constraint') return object.text;
  if (object.kind !== 'index') return undefined;
  return `${object.facts.unique} ${object.facts.definition.replace(/^.*? USING /s, '')}`;
}

function oldName({ parts }: CatalogObject): string {
  return quoteIdent(`${parts.at(-1) ?? ''}`.slice(0, 50).concat('__old'));
}
