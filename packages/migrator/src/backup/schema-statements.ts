import { parseStatements } from '../sql/parse.js';

/** One statement of a section that pg_dump wrote. */
export interface SchemaStatement {
  readonly text: string;
  /** What pg_dump calls the entry: `songs_title_key; Type: CONSTRAINT`; empty at the top. */
  readonly entry: string;
  readonly about: 'owner' | 'privilege' | 'tablespace' | 'object';
  /** Roles that must be there. */
  readonly roles: readonly string[];
}

/**
 * Splits what pg_dump wrote. Needs `loadParser`. Read entry by entry, because a syntax tree takes a hundred times the memory
 * of its text; a cut that turns out to be inside of a function's body is undone.
 */
export function readSchemaStatements(sql: string): readonly SchemaStatement[] {
  const pieces = sql.split(/^(?=--\n-- Name: )/m);
  const statements: SchemaStatement[] = [];
  let text = '';
  for (const [index, piece] of pieces.entries()) {
    text += piece;
    const parsed = parseStatements(text);
    if (!parsed && index < pieces.length - 1) continue;
    const entry = /^--\n-- Name: (.*?; Type: .*?);/.exec(text)?.[1] ?? '';
    for (const { kind, node, start, end } of parsed ?? [{ kind: 'Unparsed', node: {}, start: 0, end: text.length }]) {
      statements.push({ text: text.slice(start, end), entry, about: aboutOf(kind, node), roles: [...rolesIn(node)] });
    }
    text = '';
  }
  return statements;
}

type Node = Readonly<Record<string, unknown>>;

function aboutOf(kind: string, node: Node): SchemaStatement['about'] {
  if (kind === 'AlterOwnerStmt') return 'owner';
  if (kind === 'AlterTableStmt') {
    const commands = node.cmds as readonly { readonly AlterTableCmd?: { readonly subtype?: string } }[] | undefined;
    return commands?.every(({ AlterTableCmd }) => AlterTableCmd?.subtype === 'AT_ChangeOwner') ? 'owner' : 'object';
  }
  if (['GrantStmt', 'GrantRoleStmt', 'AlterDefaultPrivilegesStmt'].includes(kind)) return 'privilege';
  if (kind === 'VariableSetStmt' && node.name === 'default_tablespace') return 'tablespace';
  return 'object';
}

/** Names in every RoleSpec below a node. */
function rolesIn(node: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const part of node) rolesIn(part, found);
  else if (typeof node === 'object' && node !== null) {
    const { roletype, rolename } = node as Node;
    if (roletype === 'ROLESPEC_CSTRING' && typeof rolename === 'string') found.add(rolename);
    for (const part of Object.values(node)) rolesIn(part, found);
  }
  return found;
}
