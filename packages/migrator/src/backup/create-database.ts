import { sqlstate } from '../database/history.js';
import type { Session } from '../database/session.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { DatabaseLocale } from './types.js';

/** Longest name of anything in Postgres, in bytes. */
const LONGEST = 63;

/** `shop_restoring_20261123091500`, cut where it is too long. */
export function besideName(database: string, what: 'restoring' | 'before_restore', at: Date): string {
  const end = `_${what}_${at.toISOString().replace(/\D/g, '').slice(0, 14)}`;
  let start = database;
  while (Buffer.byteLength(start + end) > LONGEST) start = [...start].slice(0, -1).join('');
  return start + end;
}

/**
 * Makes an empty database with a locale. Where the server does not have that, with its own; then the reason is given back,
 * because texts sort otherwise. Throws what Postgres says.
 */
export async function createDatabase(
  admin: Session,
  major: number,
  name: string,
  locale: DatabaseLocale,
): Promise<string | undefined> {
  const create = `create database ${quoteIdent(name)} template template0 encoding ${quoteLiteral(locale.encoding)}`;
  try {
    await admin.run(`${create} ${localeSql(locale, major)}`);
    return undefined;
  } catch (error) {
    // Unknown names of locales, providers and parameters, and pairs that do not fit.
    if (!['22023', '42601', '42704', '42809', '0A000'].includes(sqlstate(error))) throw error;
    await admin.run(create);
    return error instanceof Error ? error.message : String(error);
  }
}

function localeSql({ collate, ctype, provider, locale }: DatabaseLocale, major: number): string {
  const parts = [`lc_collate ${quoteLiteral(collate)} lc_ctype ${quoteLiteral(ctype)}`];
  if (major >= 15 && provider !== 'libc') {
    parts.push(`locale_provider ${provider}`);
    const option = provider === 'icu' ? 'icu_locale' : 'builtin_locale';
    if (locale !== null) parts.push(`${option} ${quoteLiteral(locale)}`);
  } else if (major >= 15) parts.push('locale_provider libc');
  return parts.join(' ');
}
