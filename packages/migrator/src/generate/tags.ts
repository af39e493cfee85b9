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

/**
 * Prefixes of new migrations. Those made of the time are a second apart, and later than those of `tags`: two of one second
 * would share a snapshot. `now` in milliseconds since 1970. Pure.
 */
export function tagPrefixes(
  kind: GenerateConfig['prefix'],
  places: readonly { readonly idx: number }[],
  { tags, now }: { readonly tags: readonly string[]; readonly now: number },
): string[] {
  const length = tagPrefix(kind, 0, now).length;
  const isTime = kind !== 'index' && kind !== 'none';
  const times = isTime ? tags.map((tag) => tag.split('_')[0] ?? '').filter((prefix) => prefix.length === length) : [];
  const first = times.reduce((time, prefix) => Math.max(time, millisecondsIn(prefix) + 1000), now);
  return places.map(({ idx }, index) => tagPrefix(kind, idx, first + index * 1000));
}

/** The time, in milliseconds since 1970, that a prefix was made of; 0 where it was made of none. */
export function millisecondsIn(prefix: string): number {
  if (/^\d{10}$/.test(prefix)) return Number(prefix) * 1000;
  const [, date, time] = /^(\d{8})(\d{6})$/.exec(prefix) ?? [];
  if (date === undefined || time === undefined) return 0;
  const text = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`;
  return Date.parse(text) || 0;
}
