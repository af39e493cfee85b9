import type { HostAddress } from '../../database/socket.js';
import { type Check, type CheckOutcome, ok, warn } from '../types.js';

/** Names that hosts give their poolers, and where the server itself is. */
const KNOWN: readonly (readonly [host: RegExp, port: number | undefined, fix: string])[] = [
  [/\.pooler\.supabase\.com$/, undefined, "Use Supabase's direct connection, `db.<project>.supabase.co:5432`."],
  [/^db\..*\.supabase\.co$/, 6543, 'Use port 5432 of the same host.'],
  [/-pooler\..*\.neon\.tech$/, undefined, 'Use the same host name without `-pooler`.'],
];

export const pooler: Check = {
  id: 'pooler',
  title: 'Pooler',
  needs: 'database',
  run: ({ target, reader }) => judgePooler(target?.hosts ?? [], reader.login?.pooled === true),
};

/** What to say of the names of hosts, and of whether another server process answers than the connection was told. Pure. */
export function judgePooler(hosts: readonly HostAddress[], pooled: boolean): CheckOutcome {
  const [fix] = hosts.flatMap(({ host, port }) =>
    KNOWN.flatMap(([name, at, remedy]) => (name.test(host) && (at === undefined || at === port) ? [remedy] : [])),
  );
  if (fix === undefined && !pooled) return ok('None in between.');
  return warn(
    'A pooler stands between migrator and the server: time limits of the role cannot be lifted there, and it may end long statements and idle transactions.',
    fix ?? 'Give migrations the direct URL of the server (PgBouncer listens on 6432, Postgres on 5432).',
  );
}
