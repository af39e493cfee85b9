import type { Session } from '../database/session.js';
import { quoteIdent } from '../sql/quote.js';

/**
 * Makes the roles of a server on another one, without any right to log in: policies and grants of the migrations name them, and
 * only those that the migrations themselves make are compared. To be used on a server that is thrown away.
 */
export async function standInRoles(live: Session, scratch: Session): Promise<void> {
  const names = async (session: Session) =>
    (
      await session.rows<{ name: string }>(
        `select rolname as name from pg_catalog.pg_roles where rolname !~ '^pg_' order by 1`,
      )
    ).map(({ name }) => name);
  const there = new Set(await names(scratch));
  const missing = (await names(live)).filter((name) => !there.has(name));
  if (missing.length > 0) await scratch.run(missing.map((name) => `create role ${quoteIdent(name)}`).join(';\n'));
}
