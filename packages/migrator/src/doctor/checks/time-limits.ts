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

interface Limit extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly limit: string;
  /** Null where no setting of roles or databases gives it. */
  readonly place: string | null;
  /** Both quoted. */
  readonly role: string;
  readonly database: string;
}

export const timeLimits: Check = {
  id: 'time-limits',
  title: 'Time limits of the role',
  needs: 'database',
  async run({ reader }) {
    // What sessions begin with: the transaction of the check has limits of its own. All of them are in milliseconds.
    const rows = await reader.rows<Limit>(
      `select s.name, s.reset_val as limit, quote_ident(session_user) as role, quote_ident(current_database()) as database, (
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
    const [first] = short;
    if (first && reader.login?.pooled) {
      return warn(
        'There are short limits, and a pooler in between: migrator cannot lift them for its runs.',
        `Give migrations the direct URL of the server, or a role without limits: ${remedyOf(first)}.`,
        details,
      );
    }
    if (first) {
      return warn(
        'There are short limits. migrator lifts them for its runs; psql and drizzle-kit do not.',
        `Give migrations a role without limits: ${remedyOf(first)}.`,
        details,
      );
    }
    return ok('There are limits, none of them short; migrator lifts them for its runs.', details);
  },
};

/** The limit of a role goes before that of its database, which many share. */
function remedyOf({ name, place, role, database }: Limit): string {
  switch (place) {
    case 'of the role in this database':
      return `\`alter role ${role} in database ${database} reset ${name}\``;
    case 'of the role':
      return `\`alter role ${role} reset ${name}\``;
    default:
      return `\`alter role ${role} set ${name} = 0\`, unless the URL sets it`;
  }
}

function shown(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
