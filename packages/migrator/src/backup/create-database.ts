import { createHash } from 'node:crypto';
import { sqlstate } from '../database/history.js';
import { quoteLiteral } from '../sql/quote.js';
import type { DatabaseLocale } from './types.js';

/** Longest name of anything in Postgres, in bytes. */
const LONGEST = 63;

/** `shop_restoring_20261123091500`; one that is too long is cut, and has a sign of what was cut off: two must not be mistaken. */
export function besideName(database: string, what: 'restoring' | 'restored' | 'before_restore', at: Date): string {
  const end = `_${what}_${at.toISOString().replace(/\D/g, '').slice(0, 14)}`;
  if (Buffer.byteLength(database + end) <= LONGEST) return database + end;
  const sign = `_${createHash('sha256').update(database).digest('hex').slice(0, 6)}`;
  let start = database;
  while (Buffer.byteLength(start + sign + end) > LONGEST) start = [...start].slice(0, -1).join('');
  return start + sign + end;
}

/**
 * Makes an empty database with a locale; `create` gets the end of a CREATE DATABASE of template0. Where the server does not
 * have that locale, with its own; then the reason is given too, because texts sort otherwise. Throws what Postgres says.
 */
export async function createDatabase<T>(
  major: number,
  locale: DatabaseLocale,
  create: (clauses: string) => Promise<T>,
): Promise<{ readonly made: T; readonly fault?: string }> {
  const encoding = `encoding ${quoteLiteral(locale.encoding)}`;
  let fault: string | undefined;
  // An encoding may not fit the locale of the server either; it fits `C` always.
  for (const clauses of [`${encoding} ${localeSql(locale, major)}`, encoding]) {
    try {
      const made = await create(clauses);
      return { made, ...(fault !== undefined && { fault }) };
    } catch (error) {
      // Unknown names of locales, providers and parameters, and pairs that do not fit.
      if (!['22023', '42601', '42704', '42809', '0A000'].includes(sqlstate(error))) throw error;
      fault ??= error instanceof Error ? error.message : String(error);
    }
  }
  return { made: await create(`${encoding} lc_collate 'C' lc_ctype 'C'`), ...(fault !== undefined && { fault }) };
}

function localeSql({ collate, ctype, provider, locale, icuRules }: DatabaseLocale, major: number): string {
  const parts = [`lc_collate ${quoteLiteral(collate)} lc_ctype ${quoteLiteral(ctype)}`];
  if (major >= 15 && provider !== 'libc') {
    parts.push(`locale_provider ${provider}`);
    const option = provider === 'icu' ? 'icu_locale' : 'builtin_locale';
    if (locale !== null) parts.push(`${option} ${quoteLiteral(locale)}`);
    if (icuRules) parts.push(`icu_rules ${quoteLiteral(icuRules)}`);
  } else if (major >= 15) parts.push('locale_provider libc');
  return parts.join(' ');
}
