import type { GenerateConfig } from '../config/config.js';

/** What the file names of a migration start with, as drizzle-kit makes it. `when` in milliseconds since 1970. */
export function tagPrefix(kind: GenerateConfig['prefix'], idx: number, when: number): string {
  switch (kind) {
    case 'index':
      return String(idx).padStart(4, '0');
    case 'timestamp':
    case 'supabase':
      return new Date(when).toISOString().replace(/\D/g, '').slice(0, 14);
    case 'unix':
      return String(Math.floor(when / 1000));
    case 'none':
      return '';
  }
}

/** Prefixes of migrations made at once; those made of the time are a second apart. */
export function tagPrefixes(
  kind: GenerateConfig['prefix'],
  places: readonly { readonly idx: number }[],
  now: number,
): string[] {
  return places.map(({ idx }, index) => tagPrefix(kind, idx, now + index * 1000));
}
