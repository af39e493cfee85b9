import type { CatalogKind } from './types.js';

/** `public.songs.title`: raw names with dots between; a name that itself holds a dot or a quote is quoted, so that no two read alike. */
export function objectName(...parts: readonly string[]): string {
  return parts.map((part) => (/[."]|^$/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.');
}

/** `column:public.songs.title`. */
export function catalogKey(kind: CatalogKind, ...parts: readonly string[]): string {
  return `${kind}:${objectName(...parts)}`;
}
