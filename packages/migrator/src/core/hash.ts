import { createHash } from 'node:crypto';

/** sha256 of a text as hex. Over a migration file's text, decoded as UTF-8, it is the hash that drizzle-orm stores. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
