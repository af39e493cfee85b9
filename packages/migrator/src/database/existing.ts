import { quoteLiteral } from '../sql/quote.js';
import type { Session } from './session.js';

/** Which of the relations there are; names as SQL writes them. */
export async function existingRelations(session: Session, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await session.rows<{ name: string }>(
    `select name from unnest(${quoteLiteral(names)}::text[]) name where to_regclass(name) is not null`,
  );
  return new Set(rows.map(({ name }) => name));
}
