/**
 * What a release that knows the schema of before meets after a migration. `breaks`: something that it may do fails, or gives
 * it something else. `may-refuse`: a new rule, which refuses only what does not keep to it.
 */
export interface CompatibilityChange {
  readonly effect: 'breaks' | 'may-refuse';
  readonly kind: ChangeKind;
  /** The object, as catalogs name it: `public.songs.title`. */
  readonly object: string;
  /** A full sentence. */
  readonly message: string;
}

export type ChangeKind =
  | 'gone'
  | 'type-changed'
  | 'required'
  | 'default-gone'
  | 'not-writable'
  | 'value-gone'
  | 'rule-added'
  | 'hidden'
  | 'redefined';
