/** What a picture of a change says of a part of it. */
export type Mark = 'added' | 'removed' | 'changed';

/** A schema as a diagram shows it. Plain data, in an order that depends on names alone. */
export interface SchemaPicture {
  readonly tables: readonly PictureTable[];
  readonly references: readonly Reference[];
}

export interface PictureTable {
  /** `schema.name`, and only `name` in `public`. */
  readonly id: string;
  readonly columns: readonly PictureColumn[];
  /** What has no row in the picture: indexes, checks, policies. Shown only where a change is. */
  readonly details: readonly Detail[];
  readonly mark?: Mark;
}

export interface PictureColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly isPrimaryKey: boolean;
  readonly isForeignKey: boolean;
  /** All that makes it what it is, such as its default: two are equal if this is. */
  readonly definition: string;
  readonly mark?: Mark;
  /** Of a changed one: what it was. */
  readonly was?: { readonly type: string; readonly notNull: boolean };
}

export interface Detail {
  /** Such as `index songs_title_idx`. */
  readonly name: string;
  readonly definition: string;
  readonly mark?: Mark;
}

/** A foreign key. */
export interface Reference {
  readonly name: string;
  /** Ids of tables. */
  readonly from: string;
  readonly to: string;
  readonly fromColumns: readonly string[];
  readonly toColumns: readonly string[];
  /** Each row of `to` has at most one of `from`. */
  readonly isUnique: boolean;
  /** A row of `from` may point nowhere. */
  readonly isOptional: boolean;
  readonly definition: string;
  readonly mark?: Mark;
}

export function tableId(schema: string, name: string): string {
  return schema === '' || schema === 'public' ? name : `${schema}.${name}`;
}

/** The same order on every machine, whatever its language. */
export function byText<T>(text: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
}
