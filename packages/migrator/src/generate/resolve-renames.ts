import { MigratorError } from '../errors/migrator-error.js';
import { applyRenames, RENAME_STAGES, type Rename, type RenameKind } from './renames.js';
import { canonical, type Snapshot } from './snapshot.js';
import { family } from './types.js';

/** Something new that may be something gone under another name. */
export interface RenameQuestion {
  readonly kind: RenameKind;
  /** How it is called in `--rename`. */
  readonly created: string;
  /** What is gone and may be it, the likeliest first; as in `--rename`. */
  readonly gone: readonly string[];
}

export interface RenameAnswers {
  /** `old=new`, as in `--rename`. */
  readonly given: readonly string[];
  /** What is not given is no rename. */
  readonly none: boolean;
  /** Gives one of `gone`, or undefined where it is new. Without it, a question that is open is an error. */
  readonly ask?: ((question: RenameQuestion) => Promise<string | undefined>) | undefined;
}

/**
 * Finds out what was renamed: from what is given, then by asking. Throws `wrong-usage` where an answer fits nothing, and
 * `unclear-rename`, with the flags to choose from, where there is nobody to ask.
 */
export async function resolveRenames(before: Snapshot, after: Snapshot, answers: RenameAnswers): Promise<Rename[]> {
  const renames: Rename[] = [];
  const unused = new Set(answers.given);
  const unanswered: Pair[] = [];
  for (const kinds of RENAME_STAGES) {
    const pairs = pairsOf(applyRenames(before, renames), after, kinds, renames);
    const taken = new Set<Pair>();
    const take = (pair: Pair) => {
      renames.push(pair.rename);
      for (const other of pairs) if (clashes(other, pair)) taken.add(other);
    };
    for (const flag of answers.given) {
      const fitting = pairs.filter((pair) => !taken.has(pair) && fits(pair, flag));
      if (fitting.length > 1) throw ambiguous(flag, fitting);
      if (fitting[0]) {
        take(fitting[0]);
        unused.delete(flag);
      }
    }
    if (answers.none) continue;
    const open = pairs.filter((pair) => pair.likeness > 0);
    if (!answers.ask) {
      unanswered.push(...open.filter((pair) => !taken.has(pair) && !hangsOn(pair, unanswered)));
      continue;
    }
    for (const created of new Set(open.map(({ to }) => to[0] as string))) {
      const candidates = open
        .filter((pair) => pair.to[0] === created && !taken.has(pair))
        .sort((a, b) => b.likeness - a.likeness);
      const [first] = candidates;
      if (!first) continue;
      const answer = await answers.ask({
        kind: first.rename.kind,
        created,
        gone: candidates.map(({ from }) => from[0] as string),
      });
      const chosen = candidates.find(({ from }) => from[0] === answer);
      if (chosen) take(chosen);
    }
  }
  // A flag that was misspelt is the likelier fault, unless it is about something that comes later.
  const [stray] = [...unused].filter(
    (flag) => unanswered.length === 0 || !allPairs(before, after, renames).some((pair) => fits(pair, flag)),
  );
  if (stray !== undefined) throw strayFlag(stray, before, after, renames);
  if (unanswered.length > 0) throw unclear(unanswered);
  return renames;
}

/** What lies in a schema that may have another name is no question before that is known. */
function hangsOn({ rename }: Pair, unanswered: readonly Pair[]): boolean {
  return unanswered.some(
    ({ rename: { kind, from } }) =>
      kind === 'schema' && [rename.within, rename.from].some((key) => key.startsWith(`${from}.`)),
  );
}

interface Pair {
  readonly rename: Rename;
  /** How the two may be called in a flag; the usual way first. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** 0 where nobody would take one for the other. */
  readonly likeness: number;
}

function clashes({ rename: a }: Pair, { rename: b }: Pair): boolean {
  return a.kind === b.kind && a.within === b.within && (a.from === b.from || a.to === b.to);
}

type Named = readonly { readonly within: string; readonly key: string; readonly value: unknown }[];

function named(snapshot: Snapshot, kind: RenameKind): Named {
  const top = (record: Readonly<Record<string, unknown>>): Named =>
    Object.entries(record).map(([key, value]) => ({ within: '', key, value }));
  const inTables = (part: (table: Snapshot['tables'][string]) => Readonly<Record<string, unknown>>): Named =>
    Object.entries(snapshot.tables).flatMap(([within, table]) =>
      Object.entries(part(table)).map(([key, value]) => ({ within, key, value })),
    );
  switch (kind) {
    case 'schema':
      return top(snapshot.schemas);
    case 'role':
      return top(snapshot.roles);
    case 'enum':
      return top(snapshot.enums);
    case 'table':
      return top(snapshot.tables);
    case 'sequence':
      return top(snapshot.sequences);
    case 'view':
      return top(snapshot.views).filter(({ value }) => !(value as { isExisting?: boolean }).isExisting);
    case 'column':
      return inTables(({ columns }) => columns);
    case 'policy':
      return inTables(({ policies }) => policies);
    case 'enum-value':
      return Object.entries(snapshot.enums).flatMap(([within, { values }]) =>
        values.map((key) => ({ within, key, value: key })),
      );
  }
}

/** Everything gone beside everything new of its kind, in the same table or enum. */
function pairsOf(before: Snapshot, after: Snapshot, kinds: readonly RenameKind[], done: readonly Rename[]): Pair[] {
  return kinds.flatMap((kind) => {
    const [old, now] = [named(before, kind), named(after, kind)];
    const id = ({ within, key }: Named[number]) => `${within}\0${key}`;
    const [oldIds, nowIds, places] = [
      new Set(old.map(id)),
      new Set(now.map(id)),
      new Set(old.map(({ within }) => within)),
    ];
    const gone = old.filter((item) => !nowIds.has(id(item)));
    const created = now.filter((item) => !oldIds.has(id(item)) && (item.within === '' || places.has(item.within)));
    return created.flatMap((to) =>
      gone
        .filter(({ within }) => within === to.within)
        .map((from): Pair => {
          const rename = { kind, within: to.within, from: from.key, to: to.key };
          const earlier = done.find(
            (other) => (other.kind === 'table' || other.kind === 'enum') && other.to === to.within,
          )?.from;
          return {
            rename,
            from: names(kind, to.within, from.key, earlier),
            to: names(kind, to.within, to.key, earlier),
            likeness: likeness(kind, from.value, to.value),
          };
        }),
    );
  });
}

function names(kind: RenameKind, within: string, key: string, earlier: string | undefined): string[] {
  const short = (name: string) => name.replace(/^public\./, '');
  if (within === '') return kind === 'schema' || kind === 'role' ? [key] : [...new Set([short(key), key])];
  const places = [short(within), within, ...(earlier === undefined ? [] : [short(earlier), earlier])];
  return [...new Set([...places.map((place) => `${place}.${key}`), key])];
}

function fits({ rename, from, to }: Pair, flag: string): boolean {
  const [, kind, left = '', right = ''] = /^(?:([a-z-]+):)?([^=]+)=(.+)$/.exec(flag) ?? [];
  return (
    (kind === undefined || kind === rename.kind) &&
    from.includes(left.trim()) &&
    to.includes(right.trim()) &&
    (rename.within === '' || left.includes('.'))
  );
}

/** Views and policies hold no data, so that a new one is as good as an old one: nobody is asked about those. */
function likeness(kind: RenameKind, from: unknown, to: unknown): number {
  const share = (a: readonly string[], b: readonly string[]) =>
    a.filter((one) => b.includes(one)).length / Math.max(1, Math.min(a.length, b.length));
  switch (kind) {
    case 'table': {
      const parts = (table: unknown) =>
        Object.values((table as Snapshot['tables'][string]).columns).map(({ name, type }) => `${name} ${type}`);
      const likeliness = share(parts(from), parts(to));
      return likeliness >= 0.5 ? likeliness : 0;
    }
    case 'column': {
      const [a, b] = [from, to] as Snapshot['tables'][string]['columns'][string][] as [never, never];
      return columnLikeness(a, b);
    }
    case 'enum': {
      const values = (type: unknown) => (type as Snapshot['enums'][string]).values;
      const likeliness = share(values(from), values(to));
      return likeliness >= 0.5 ? likeliness : 0;
    }
    case 'sequence': {
      const options = ({ name: _, schema: __, ...rest }: Snapshot['sequences'][string]) => canonical(rest);
      return options(from as never) === options(to as never) ? 1 : 0;
    }
    case 'view':
    case 'policy':
      return 0;
    default:
      return 1;
  }
}

type Column = Snapshot['tables'][string]['columns'][string];

function columnLikeness(a: Column, b: Column): number {
  if (a.generated || b.generated) return 0;
  const words = (name: string) => name.toLowerCase().split('_');
  const shared = words(a.name).some((word) => words(b.name).includes(word));
  const sameType = canonical([a.type, a.typeSchema]) === canonical([b.type, b.typeSchema]);
  const related = sameType || (family(a) === family(b) && family(a) !== 'other' && family(a) !== 'enum');
  return (sameType ? 2 : related ? 1 : 0) + (shared ? 2 : 0);
}

function flagOf({ from, to }: Pair): string {
  const value = `${from[0]}=${to[0]}`;
  return `--rename ${/[^\w.=-]/.test(value) ? `'${value.replaceAll("'", "'\\''")}'` : value}`;
}

function unclear(pairs: readonly Pair[]): MigratorError {
  const flags = pairs.map(flagOf);
  const lines = pairs.map(
    (pair) => `- ${pair.rename.kind} ${pair.from[0]} is gone, ${pair.to[0]} is new; if it was renamed: ${flagOf(pair)}`,
  );
  return new MigratorError('unclear-rename', {
    message:
      pairs.length === 1
        ? 'It cannot be told whether something was renamed.'
        : `It cannot be told which of ${pairs.length} things were renamed.`,
    detail: lines.join('\n'),
    state: 'Nothing was written.',
    fix: `Add ${flags.length === 1 ? `\`${flags[0]}\`` : 'the `--rename` that is meant'}, or \`--no-renames\` if nothing was renamed and the data may go.`,
    data: { flags, questions: pairs.map(({ rename, from, to }) => ({ kind: rename.kind, from: from[0], to: to[0] })) },
  });
}

function ambiguous(flag: string, pairs: readonly Pair[]): MigratorError {
  return new MigratorError('wrong-usage', {
    message: `\`--rename ${flag}\` can mean several things: ${pairs.map(({ rename }) => rename.kind).join(', ')}.`,
    state: 'Nothing was written.',
    fix: `Say which: \`--rename ${pairs[0]?.rename.kind}:${flag}\`.`,
  });
}

function allPairs(before: Snapshot, after: Snapshot, done: readonly Rename[]): Pair[] {
  const now = applyRenames(before, done);
  return RENAME_STAGES.flatMap((kinds) => pairsOf(now, after, kinds, done));
}

function strayFlag(flag: string, before: Snapshot, after: Snapshot, done: readonly Rename[]): MigratorError {
  const all = allPairs(before, after, done);
  const known = [...new Set(all.map((pair) => `${pair.from[0]}=${pair.to[0]}`))].slice(0, 8);
  return new MigratorError('wrong-usage', {
    message: `\`--rename ${flag}\` fits nothing: the left side must be gone from the schema, and the right side new in it.`,
    state: 'Nothing was written.',
    fix:
      known.length > 0
        ? `Possible are: ${known.join(', ')}.`
        : 'Nothing is gone that something new could replace; leave it out.',
  });
}
