import type { Migration } from '../core/types.js';

/** Where in the journal stands what an application knows? Of several places that a tag may mean, the earliest. */
export class KnownTags {
  readonly #places: readonly { readonly tag: string; readonly position: number }[];

  constructor(migrations: readonly Migration[]) {
    this.#places = migrations.flatMap(({ tag, position, squash }) => [
      { tag, position },
      // What knows the last of them knows all that the squash makes.
      ...(squash?.of ?? []).map((part, index, { length }) => ({
        tag: part.tag,
        position: index === length - 1 ? position : position - 0.5,
      })),
    ]);
  }

  /** Undefined for a tag that this folder never had. `cut`: the end of the tag may be missing. */
  positionOf(tag: string, cut: boolean): number | undefined {
    const meant = this.#places.filter((place) => place.tag === tag || (cut && place.tag.startsWith(tag)));
    return meant.length === 0 ? undefined : Math.min(...meant.map(({ position }) => position));
  }
}
