import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import { type LoadableBackup, rolesOf, rolesOfDatabase } from './load.js';

/** What a server says of itself and of us, as far as a restore needs it. */
export interface ServerOfRestore {
  readonly major: number;
  readonly standby: boolean;
  readonly user: string;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly roles: readonly string[];
  /** Of the database that is to be replaced; null where there is none. */
  readonly owner: string | null;
  /** The role may do what that owner may. */
  readonly owns: boolean | null;
  readonly databases: readonly string[];
  /** Logical replication slots of the database that is to be replaced: they stay with it. */
  readonly slots: readonly string[];
  /** Those of them that nobody is connected to. */
  readonly unused: readonly string[];
}

export async function readServer(admin: Session, database: string): Promise<ServerOfRestore> {
  const [row] = await admin.rows<{ server: ServerOfRestore }>(
    `select json_build_object('major', current_setting('server_version_num')::int / 10000, 'standby', pg_is_in_recovery(),
       'user', current_user, 'superuser', me.rolsuper, 'createdb', me.rolcreatedb, 'roles', (select json_agg(rolname) from pg_roles),
       'owner', pg_get_userbyid(d.datdba), 'owns', pg_has_role(d.datdba, 'usage'),
       'slots', (select coalesce(json_agg(slot_name order by 1), '[]') from pg_replication_slots where database = d.datname),
       'databases', (select json_agg(datname) from pg_database),
       'unused', (select coalesce(json_agg(datname), '[]') from pg_database o where not exists (select from pg_stat_activity a where a.datid = o.oid))) as server
     from pg_roles me left join pg_database d on d.datname = ${quoteLiteral(database)} where me.rolname = current_user`,
  );
  if (!row) throw new Error('The server does not list the role.');
  return row.server;
}

/** What would end a restore only after all is loaded. Throws `read-only-database`, `permission-denied`. */
export function refuseRights({ standby, user, superuser, createdb, owner, owns }: ServerOfRestore, name: string): void {
  if (standby)
    throw new MigratorError('read-only-database', {
      message: 'The server is a standby: it takes no writes.',
      where: name,
      state: 'Nothing was changed.',
      fix: 'Point the database URL at the primary; with several hosts, add `?target_session_attrs=read-write`.',
    });
  if (superuser) return;
  if (!createdb)
    throw new MigratorError('permission-denied', {
      message: `The role \`${user}\` may not make databases, and a restore makes a new one.`,
      where: name,
      state: 'Nothing was changed.',
      fix: `Let a superuser run \`alter role ${quoteIdent(user)} createdb\`, or restore as another role.`,
    });
  if (owner !== null && owns === false)
    throw new MigratorError('permission-denied', {
      message: `The role \`${user}\` may not replace the database \`${name}\`, which belongs to \`${owner}\`.`,
      where: name,
      state: 'Nothing was changed.',
      fix: `Restore as \`${owner}\`, as a member of that role or as a superuser; or into another database with \`--into\`.`,
    });
}

/** Throws `roles-missing`. `fresh`: the database is not there yet, and gets owner, grants and settings of the backup. */
export function refuseMissingRoles(
  backup: LoadableBackup,
  { roles }: ServerOfRestore,
  { owners, fresh }: { readonly owners: boolean; readonly fresh: boolean },
): void {
  const ofDatabase = owners && fresh ? rolesOfDatabase(backup.manifest.database) : [];
  const wanted = new Set([...rolesOf(backup, owners), ...ofDatabase]);
  const missing = [...wanted].filter((role) => !roles.includes(role)).sort();
  if (missing.length === 0) return;
  const names = missing.map((role) => `\`${role}\``).join(', ');
  throw new MigratorError('roles-missing', {
    message: `The server has not ${missing.length === 1 ? 'the role' : 'the roles'} ${names}, which ${owners ? 'own, may use, or are named in policies of,' : 'policies name in'} what is restored.`,
    where: backup.path,
    state: 'Nothing was changed.',
    fix: `Make ${missing.length === 1 ? 'it' : 'them'}: \`${missing.map((role) => `create role ${quoteIdent(role)}`).join('; ')}\`.${owners ? ' Or leave owners and privileges out with `--no-owner`.' : ''}`,
    data: { roles: missing },
  });
}
