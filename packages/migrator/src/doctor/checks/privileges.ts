import { LOG_TABLE } from '../../database/tracking.js';
import { exitCodes } from '../../errors/catalog.js';
import { quoteIdent, quoteLiteral, quoteName } from '../../sql/quote.js';
import { type Check, type CheckOutcome, fail, ok, type Patient, warn } from '../types.js';

interface Rights extends Readonly<Record<string, unknown>> {
  readonly role: string;
  readonly superuser: boolean;
  readonly database: string;
  readonly recovery: boolean;
  readonly read_only: boolean;
  readonly create_schema: boolean;
  readonly tracking_schema: boolean;
  readonly tracking_create: boolean | null;
  readonly tracking_usage: boolean | null;
  readonly tracking_table: boolean;
  readonly tracking_rights: boolean | null;
  readonly log_table: boolean;
  readonly log_rights: boolean | null;
  /** Of the numbers of their rows; null where there are no sequences. */
  readonly sequence_rights: boolean | null;
  readonly current_schema: string | null;
  readonly create_here: boolean | null;
}

interface OtherTable extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly owner: string;
  readonly may_reference: boolean;
}

export const privileges: Check = {
  id: 'privileges',
  title: 'Privileges',
  needs: 'database',
  async run(patient) {
    const [rights] = await patient.reader.rows<Rights>(rightsSql(patient));
    if (!rights) return fail('The server says nothing of the role.', 'Run it again.', exitCodes.database);
    const refused = refusal(rights, patient);
    if (refused) return refused;
    const others = await patient.reader.rows<OtherTable>(OTHERS);
    const [first] = others;
    if (first) {
      const count = others.length;
      return warn(
        `\`${rights.role}\` may migrate, but ${count === 1 ? 'one table is' : `${count} tables are`} not its own: ALTER TABLE would be refused there.`,
        `Migrate as their owner, or let the owner run \`alter table ${first.name} owner to ${quoteIdent(rights.role)}\`${count === 1 ? '' : ', and so on'}.`,
        others.map(
          ({ name, owner, may_reference }) =>
            `${name} of ${owner}${may_reference ? '' : ', no foreign key may point at it'}`,
        ),
      );
    }
    return ok(
      rights.superuser
        ? `\`${rights.role}\` may do everything: it is a superuser.`
        : `\`${rights.role}\` may create, alter and reference, and write the tracking table.`,
    );
  },
};

function refusal(rights: Rights, { tracking }: Patient): CheckOutcome | undefined {
  const { role, database } = rights;
  const schema = quoteIdent(tracking.schema);
  const grantee = quoteIdent(role);
  const no = (message: string, fix: string) => fail(message, fix, exitCodes.database);
  if (rights.recovery) return no('This server is a standby: nothing can be written.', 'Give the URL of the primary.');
  if (rights.read_only) {
    return no(
      'Sessions of this role are read-only here.',
      `\`alter role ${grantee} reset default_transaction_read_only\`, or take it out of the settings of the database.`,
    );
  }
  if (!rights.tracking_schema && !rights.create_schema) {
    return no(
      `\`${role}\` may not make the schema \`${tracking.schema}\` of the tracking table.`,
      `Let an owner run \`create schema ${schema} authorization ${grantee}\`, or \`grant create on database ${quoteIdent(database)} to ${grantee}\`.`,
    );
  }
  if (rights.tracking_usage === false) {
    return no(
      `\`${role}\` may not look into the schema \`${tracking.schema}\`.`,
      `Let its owner run \`grant create, usage on schema ${schema} to ${grantee}\`.`,
    );
  }
  const lacksTable = !rights.tracking_table || !rights.log_table;
  if (rights.tracking_schema && lacksTable && rights.tracking_create !== true) {
    return no(
      `\`${role}\` may not make tables in the schema \`${tracking.schema}\`, and ${rights.tracking_table ? LOG_TABLE : tracking.table} is not there.`,
      `Let its owner run \`grant create, usage on schema ${schema} to ${grantee}\`.`,
    );
  }
  if (rights.tracking_rights === false || rights.log_rights === false) {
    const table = rights.tracking_rights === false ? tracking.table : LOG_TABLE;
    return no(
      `\`${role}\` may not write the table \`${tracking.schema}.${table}\`.`,
      `Let its owner run \`grant select, insert, update, delete on ${quoteName(tracking.schema, table)} to ${grantee}\` and \`grant usage on all sequences in schema ${schema} to ${grantee}\`.`,
    );
  }
  if (rights.sequence_rights === false) {
    return no(
      `\`${role}\` may write the tracking tables in \`${tracking.schema}\`, but not take the number of a new row: it may not use their sequences.`,
      `Let their owner run \`grant usage on all sequences in schema ${schema} to ${grantee}\`.`,
    );
  }
  if (rights.create_here === false) {
    return warn(
      `\`${role}\` may not make tables in the schema \`${rights.current_schema}\`, where unqualified names go.`,
      `Let its owner run \`grant create on schema ${quoteIdent(rights.current_schema ?? 'public')} to ${grantee}\`.`,
    );
  }
  return undefined;
}

/** By oid: of what is not there the rights are null, and to look a name up needs a right on its schema. */
function rightsSql({ tracking }: Patient): string {
  const schema = `(select oid from pg_namespace where nspname = ${quoteLiteral(tracking.schema)})`;
  const relation = (name: string) =>
    `(select oid from pg_class where relname = ${quoteLiteral(name)} and relnamespace = ${schema})`;
  const [table, log] = [relation(tracking.table), relation(LOG_TABLE)];
  const all = (name: string) =>
    ['select', 'insert', 'delete'].map((right) => `has_table_privilege(${name}, '${right}')`).join(' and ');
  return `select current_user::text as role, current_database()::text as database,
    (select rolsuper from pg_roles where rolname = current_user) as superuser,
    pg_is_in_recovery() as recovery, current_setting('default_transaction_read_only') = 'on' as read_only,
    has_database_privilege(current_database(), 'create') as create_schema,
    ${schema} is not null as tracking_schema, has_schema_privilege(${schema}, 'create') as tracking_create, has_schema_privilege(${schema}, 'usage') as tracking_usage,
    ${table} is not null as tracking_table, ${all(`${table}`)} as tracking_rights,
    ${log} is not null as log_table, ${all(`${log}`)} as log_rights,
    (select bool_and(has_sequence_privilege(objid, 'usage, update')) from pg_depend join pg_class on pg_class.oid = objid and relkind = 'S'
      where classid = 'pg_class'::regclass and deptype = 'a' and refobjid in (${table}, ${log})) as sequence_rights,
    current_schema()::text as current_schema, has_schema_privilege(current_schema()::text, 'create') as create_here`;
}

/** Tables that are neither the role's nor those of a role that it is a member of; those of extensions are nobody's business. */
const OTHERS = `select format('%I.%I', nspname, relname) as name, pg_get_userbyid(relowner)::text as owner,
    has_table_privilege(pg_class.oid, 'references') as may_reference
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'
    and has_schema_privilege(pg_namespace.oid, 'usage')
    and not pg_has_role(relowner, 'usage')
    and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')
  order by 1`;
