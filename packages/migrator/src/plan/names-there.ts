import type { RangeVar } from '../sql/syntax.js';

/** A table, view, index or sequence. */
export interface Relation {
  /** Undefined where they are not known. */
  readonly columns?: Set<string> | undefined;
  /** The relation that an index belongs to, and goes with. */
  readonly of?: string | undefined;
}

/** What a server says of the names that statements mention. */
export interface NamesRead {
  /** Schemas in which a name without one is looked for; the first of them is where things are made. */
  readonly path: readonly string[];
  readonly relations: readonly {
    readonly schema: string;
    readonly name: string;
    /** Name of the relation that it is an index of, in the same schema. */
    readonly of: string | null;
    readonly columns: readonly string[];
  }[];
  readonly types: readonly { readonly schema: string; readonly name: string }[];
}

/** The names in a database while statements are thought to run there. */
export class NamesThere {
  readonly path: readonly string[];
  readonly relations: Map<string, Relation>;
  readonly types: Set<string>;

  constructor({ path, relations, types }: NamesRead) {
    this.path = path;
    this.types = new Set(types.map(({ schema, name }) => nameKey(schema, name)));
    this.relations = new Map(
      relations.map(({ schema, name, of, columns }) => [
        nameKey(schema, name),
        { columns: new Set(columns), of: of === null ? undefined : nameKey(schema, of) },
      ]),
    );
  }

  /** The key of a relation that is there. */
  find({ schemaname, relname = '' }: RangeVar): string | undefined {
    return this.#keys(schemaname, relname).find((key) => this.relations.has(key));
  }

  findType(names: readonly string[]): string | undefined {
    return this.#keys(names.at(-2), names.at(-1) ?? '').find((key) => this.types.has(key));
  }

  /** Where a new thing of that name would be; undefined where nothing tells. */
  placeOf(schema: string | undefined, name: string): string | undefined {
    const home = schema ?? this.path[0];
    return home === undefined ? undefined : nameKey(home, name);
  }

  remove(key: string): void {
    this.relations.delete(key);
    for (const [other, { of }] of this.relations) if (of === key) this.relations.delete(other);
  }

  rename(from: string, to: string): void {
    const relation = this.relations.get(from);
    if (!relation) return;
    this.relations.delete(from);
    this.relations.set(to, relation);
    for (const [key, other] of this.relations) if (other.of === from) this.relations.set(key, { ...other, of: to });
  }

  #keys(schema: string | undefined, name: string): string[] {
    return (schema === undefined ? this.path : [schema]).map((each) => nameKey(each, name));
  }
}

export function nameKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

/** The same name with another last part. */
export function besideKey(key: string, name: string): string {
  return nameKey((JSON.parse(key) as [string, string])[0], name);
}
