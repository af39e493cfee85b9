import { type Check, ok, warn } from '../types.js';

/** Shorter than this, and a migration that rightly takes long is ended. Milliseconds. */
const SHORT = 5 * 60 * 1000;

const NAMES = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
  'idle_session_timeout',
];

export const timeLimits: Check = {
  id: 'time-limits',
  title: 'Time limits of the role',
  needs: 'database',
  async run({ reader }) {
    // What sessions begin with: the transaction of the check has limits of its own. All of them are in milliseconds.
    const rows = await reader.rows<{ name: string; limit: string; place: string | null }>(
      `select s.name, s.reset_val as limit, (
         select case when d.setrole <> 0 and d.setdatabase <> 0 then 'of the role in this database'
                     when d.setrole <> 0 then 'of the role' when d.setdatabase <> 0 then 'of the database' else 'of all roles' end
         from pg_db_role_setting d, unnest(d.setconfig) c
         where c like s.name || '=%' and d.setrole in (0, (select oid from pg_roles where rolname = session_user))
           and d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
         order by d.setrole <> 0 desc, d.setdatabase <> 0 desc limit 1) as place
       from pg_settings s where s.name in (${NAMES.map((name) => `'${name}'`).join(', ')}) order by s.name`,
    );
    const set = rows.filter(({ limit }) => Number(limit) > 0);
    if (set.length === 0) return ok('None: a statement may take as long as it needs.');
    const details = set.map(
      ({ name, limit, place }) => `${name} = ${shown(Number(limit))}, ${place ?? 'of the server or the URL'}`,
    );
    const short = set.filter(({ name, limit }) => name !== 'lock_timeout' && Number(limit) < SHORT);
    if (reader.login?.pooled && short.length > 0) {
      return warn(
        'There are short limits, and a pooler in between: migrator cannot lift them for its runs.',
        'Give migrations the direct URL of the server, or a role without limits: `alter role <role> reset statement_timeout`.',
        details,
      );
    }
    if (short.length > 0) {
      return warn(
        'There are short limits. migrator lifts them for its runs; psql and drizzle-kit do not.',
        'Give migrations a role without limits: `alter role <role> reset statement_timeout`.',
        details,
      );
    }
    return ok('There are limits, none of them short; migrator lifts them for its runs.', details);
  },
};

function shown(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
