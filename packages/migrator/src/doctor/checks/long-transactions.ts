import { describeSession, sessionColumns, toSessionInfo } from '../../database/session-info.js';
import { type Check, ok, unknown, warn } from '../types.js';

/** Older than this, a transaction makes a migration wait, and the application behind it. */
const LONG = '1 minute';

export const longTransactions: Check = openFor(LONG);

/** The check for transactions older than an interval of Postgres. */
export function openFor(long: string): Check {
  return {
    id: 'long-transactions',
    title: 'Long transactions',
    needs: 'database',
    async run({ reader }) {
      const sessions = await reader.rows(
        `select ${sessionColumns('a')} from pg_stat_activity a
       where a.datname = current_database() and a.pid <> pg_backend_pid() and a.xact_start < now() - interval '${long}'
       order by a.xact_start limit 20`,
      );
      const prepared = await reader.rows<{ gid: string; owner: string }>(
        `select gid, owner::text from pg_prepared_xacts
       where database = current_database() and prepared < now() - interval '${long}' order by prepared limit 20`,
      );
      const [unseen] = await reader.rows<{ hidden: number; silent: number }>(
        `select count(*) filter (where query = '<insufficient privilege>')::int as hidden, count(*) filter (where state = 'disabled')::int as silent
       from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
      const details = [
        ...sessions.map((row) => describeSession(toSessionInfo(row))),
        ...prepared.map(({ gid, owner }) => `prepared transaction ${gid} of ${owner}`),
      ];
      if (details.length > 0) {
        return warn(
          `${details.length === 1 ? 'One transaction has' : `${details.length} transactions have`} been open for more than ${long}: a migration of the same tables waits for it, and CREATE INDEX CONCURRENTLY for every one.`,
          sessions.length > 0
            ? `Let it end, or end it: \`select pg_terminate_backend(${String(sessions[0]?.pid)})\`.`
            : `\`commit prepared\` or \`rollback prepared\` it.`,
          details,
        );
      }
      const count = Number(unseen?.hidden);
      if (count > 0) {
        return unknown(
          `${count === 1 ? 'One session of another role' : `${count} sessions of other roles`} cannot be looked into.`,
          'Let a superuser run `grant pg_read_all_stats to <role>`.',
        );
      }
      if (Number(unseen?.silent) > 0) {
        return unknown(
          'There are sessions with `track_activities = off`: the server does not say what they do.',
          'Turn it on where it is off: `alter system`, `alter database` or `alter role … reset track_activities`.',
        );
      }
      return ok(`None open for more than ${long}.`);
    },
  };
}
