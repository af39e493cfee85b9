import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { SyntaxStatement } from '../sql/split.js';

/** What a scratch database must know of its server when its SQL touches what all databases of a server share. */
export interface SharedState {
  /** The server is ours alone; else it is somebody's, and what he has there must stay as it is. */
  readonly ownServer: boolean;
  /** Roles that the SQL of this database has made so far. */
  readonly roles: ReadonlySet<string>;
  /** Whether another scratch database has made the role too. */
  readonly isRoleOfOthers: (role: string) => boolean;
  /** Noted at roles that are made on somebody's server, so that they can be told from his when it is time to drop them. */
  readonly mark: string;
}

/** What to run instead of a statement, and which roles the database has or has no longer when it has run. */
export interface Replacement {
  readonly text: string;
  readonly adds?: readonly string[];
  readonly removes?: readonly string[];
}

const NOTHING: Replacement = { text: 'do $migrator$ begin end $migrator$' };

/**
 * Roles, databases and tablespaces belong to the server. Two scratch databases whose SQL makes the same role must both see
 * it work; what names a database means the real one, which a scratch database is not. Undefined: run the statement as it is.
 */
export function replaceShared(statement: SyntaxStatement, state: SharedState): Replacement | undefined {
  const { kind, node } = statement;
  switch (kind) {
    case 'CreateRoleStmt':
      return createRole(statement, String(node.role), state);
    case 'DropRoleStmt':
      return dropRoles(statement, state);
    case 'RenameStmt':
      if (node.renameType === 'OBJECT_DATABASE') return NOTHING;
      return node.renameType === 'OBJECT_ROLE' ? renameRole(statement, state) : undefined;
    case 'AlterDatabaseStmt':
    case 'AlterDatabaseSetStmt':
    case 'AlterDatabaseRefreshCollStmt':
      return NOTHING;
    case 'GrantStmt':
      return node.objtype === 'OBJECT_DATABASE' ? NOTHING : undefined;
    case 'AlterOwnerStmt':
      return node.objectType === 'OBJECT_DATABASE' ? NOTHING : undefined;
    case 'CommentStmt':
      return node.objtype === 'OBJECT_DATABASE' ? NOTHING : undefined;
    default:
      return state.ownServer ? undefined : spare(statement, state);
  }
}

/** Statements that would change what the owner of the server has there. */
function spare({ kind, node, text }: SyntaxStatement, state: SharedState): Replacement | undefined {
  switch (kind) {
    case 'CreatedbStmt':
    case 'DropdbStmt':
    case 'CreateTableSpaceStmt':
    case 'DropTableSpaceStmt':
    case 'AlterTableSpaceOptionsStmt':
    case 'AlterSystemStmt':
    case 'CreateSubscriptionStmt':
    case 'AlterSubscriptionStmt':
    case 'DropSubscriptionStmt':
      return NOTHING;
    case 'AlterRoleStmt':
    case 'AlterRoleSetStmt':
      return ifOurs([roleName(node.role)], text, state);
    case 'GrantRoleStmt':
      return ifOurs([...rolesOf(node.grantee_roles), ...rolesOf(node.granted_roles)], text, state);
    // Both reach beyond the database: to the ownership of databases, and to privileges on them.
    case 'DropOwnedStmt':
    case 'ReassignOwnedStmt':
      return ifOurs(rolesOf(node.roles), text, state);
    default:
      return undefined;
  }
}

/** Runs it if all the roles were made by this scratch. The server is asked, because a role may have been there before. */
function ifOurs(roles: readonly string[], text: string, state: SharedState): Replacement {
  return { text: block(`if ${roles.map((role) => isOurs(role, state)).join(' and ')} then ${execute(text)} end if;`) };
}

function isOurs(role: string, { mark }: SharedState): string {
  return `exists (select from pg_catalog.pg_roles where rolname = ${quoteLiteral(role)} and shobj_description(oid, 'pg_authid') = ${quoteLiteral(mark)})`;
}

function exists(role: string): string {
  return `exists (select from pg_catalog.pg_roles where rolname = ${quoteLiteral(role)})`;
}

const PLAIN =
  'nosuperuser inherit nocreaterole nocreatedb nologin noreplication nobypassrls connection limit -1 password null';

function createRole({ text }: SyntaxStatement, role: string, state: SharedState): Replacement | undefined {
  if (state.roles.has(role)) return undefined;
  const name = quoteIdent(role);
  const make = state.ownServer
    ? execute(text)
    : `${execute(text)} ${execute(`comment on role ${name} is ${quoteLiteral(state.mark)}`)}`;
  const [, word = '', options = ''] =
    /^create\s+(role|user|group)\s+(?:"(?:[^"]|"")+"|[^\s"]+)\s*(?:with\b)?([\s\S]*)$/i.exec(text) ?? [];
  // Options that only CREATE ROLE takes are left: the role has been made with them already.
  const adopt = `begin ${execute(`alter role ${name} ${PLAIN}`)} ${execute(`alter role ${name} with ${/user/i.test(word) ? 'login' : ''} ${options}`)} exception when syntax_error then null; end;`;
  return {
    text: block(`if not ${exists(role)} then ${make} ${state.ownServer ? `else ${adopt}` : ''} end if;`),
    adds: [role],
  };
}

function dropRoles({ node, text }: SyntaxStatement, state: SharedState): Replacement | undefined {
  const names = rolesOf(node.roles);
  const sharesNone = names.every((role) => !state.isRoleOfOthers(role));
  // As it is, where nobody else has any of them: then Postgres' own words stand in the error.
  if (state.ownServer && sharesNone) return { text, removes: names };
  const missingOk = node.missing_ok === true;
  return { text: block(names.map((role) => dropRole(role, missingOk, state)).join(' ')), removes: names };
}

/** Another database, or the owner of the server, may still have the role: then it is gone for this database only. */
function dropRole(role: string, missingOk: boolean, state: SharedState): string {
  const name = quoteLiteral(role);
  if (!state.roles.has(role)) {
    const isTheirs = state.ownServer ? 'false' : `${exists(role)} and not ${isOurs(role, state)}`;
    return missingOk
      ? 'null;'
      : `if not (${isTheirs}) then raise undefined_object using message = format('role "%s" does not exist', ${name}); end if;`;
  }
  const leave = `if exists (select from pg_catalog.pg_shdepend d join pg_catalog.pg_database b on b.oid = d.dbid and b.datname = current_database()
      where d.refclassid = 'pg_catalog.pg_authid'::regclass and d.refobjid = (select oid from pg_catalog.pg_roles where rolname = ${name})) then
      raise dependent_objects_still_exist using message = format('role "%s" cannot be dropped because some objects depend on it', ${name}); end if;`;
  if (state.isRoleOfOthers(role)) return leave;
  const drop = execute(`drop role ${quoteIdent(role)}`);
  return state.ownServer ? drop : `if ${isOurs(role, state)} then ${drop} else ${leave} end if;`;
}

function renameRole({ node }: SyntaxStatement, state: SharedState): Replacement | undefined {
  const from = String(node.subname);
  const to = String(node.newname);
  const text = `alter role ${quoteIdent(from)} rename to ${quoteIdent(to)}`;
  const renamed = { adds: [to], removes: [from] };
  if (!state.roles.has(from)) return state.ownServer ? undefined : NOTHING;
  if (!state.ownServer) return { ...ifOurs([from], text, state), ...renamed };
  if (state.roles.has(to)) return undefined;
  const isShared = state.isRoleOfOthers(from) || state.isRoleOfOthers(to);
  return { text: isShared ? moveRole(from, to, state) : text, ...renamed };
}

/**
 * A rename for one database, where another has a role of either name: what is in this one passes to the role of the new
 * name. The system catalogs are written by hand, which a superuser may do on a server that is thrown away.
 */
function moveRole(from: string, to: string, state: SharedState): string {
  const [f, t] = [from, to].map(
    (role) => `(select oid from pg_catalog.pg_authid where rolname = ${quoteLiteral(role)})`,
  );
  const flags = ['super', 'inherit', 'createrole', 'createdb', 'canlogin', 'replication', 'bypassrls', 'connlimit'];
  const attributes = flags.map((flag) => `rol${flag} = f.rol${flag}`).join(', ');
  return block(
    [
      `if not ${exists(to)} then ${execute(`create role ${quoteIdent(to)}`)} end if;`,
      `update pg_catalog.pg_authid t set ${attributes} from pg_catalog.pg_authid f where f.oid = ${f} and t.oid = ${t};`,
      execute(`reassign owned by ${quoteIdent(from)} to ${quoteIdent(to)}`),
      `update pg_catalog.pg_policy set polroles = array_replace(polroles, ${f}, ${t});`,
      `update pg_catalog.pg_shdepend set refobjid = ${t} where refclassid = 'pg_catalog.pg_authid'::regclass and refobjid = ${f} and deptype = 'r'
         and dbid = (select oid from pg_catalog.pg_database where datname = current_database());`,
      state.isRoleOfOthers(from) ? '' : execute(`drop role ${quoteIdent(from)}`),
    ].join(' '),
  );
}

function rolesOf(list: unknown): string[] {
  const items = (list ?? []) as {
    readonly RoleSpec?: unknown;
    readonly AccessPriv?: { readonly priv_name?: string };
  }[];
  return items.map(({ RoleSpec, AccessPriv }) => AccessPriv?.priv_name ?? roleName(RoleSpec));
}

function roleName(spec: unknown): string {
  return (spec as { readonly rolename?: string } | undefined)?.rolename ?? '';
}

function execute(statement: string): string {
  return `execute ${quoteLiteral(statement)};`;
}

function block(body: string): string {
  return `do ${quoteLiteral(`begin ${body} end`)}`;
}
