import type { Catalog, CatalogObject } from '../catalog/index.js';
import { quoteIdent } from '../sql/quote.js';
import { addressOf, quoteParts, roleName, textLiteral, wordOf } from './names.js';

type Attachment = CatalogObject<'comment' | 'owner' | 'grant' | 'default-privileges'>;

/** The statement that gives an object its comment, owner or privileges. Undefined: what it is about is not there. */
export function attach(object: Attachment, catalog: Catalog): readonly string[] | undefined {
  if (object.kind === 'default-privileges') return defaultPrivileges(object, 'grant');
  const about = catalog.get(object.of ?? '');
  if (!about) return undefined;
  switch (object.kind) {
    case 'comment':
      return [`comment on ${target(about, object.facts.column)} is ${textLiteral(object.text)}`];
    case 'owner':
      // They belong to whoever has their table.
      if (about.kind === 'index' || (about.kind === 'sequence' && about.of !== undefined)) return [];
      return [`alter ${wordOf(about)} ${addressOf(about)} owner to ${quoteIdent(object.text)}`];
    case 'grant':
      return grants(object, about);
  }
}

/** The statement that takes them away; an owner cannot be. */
export function detach(object: Attachment, catalog: Catalog): readonly string[] | undefined {
  if (object.kind === 'default-privileges') return defaultPrivileges(object, 'revoke');
  const about = catalog.get(object.of ?? '');
  if (!about) return undefined;
  switch (object.kind) {
    case 'comment':
      return [`comment on ${target(about, object.facts.column)} is null`];
    case 'owner':
      return undefined;
    case 'grant':
      return [revoke(about, object.facts)];
  }
}

function target(about: CatalogObject, column: string | undefined): string {
  if (about.kind === 'column' || column === undefined) return `${wordOf(about)} ${addressOf(about)}`;
  return `column ${quoteParts([...about.parts, column])}`;
}

function grants({ text, facts }: CatalogObject<'grant'>, about: CatalogObject): readonly string[] {
  const privileges = text.split(', ');
  const give = (list: readonly string[], suffix: string) =>
    list.length === 0
      ? []
      : [`grant ${withColumn(list, about, facts)} on ${grantable(about, facts)} to ${roleName(facts.role)}${suffix}`];
  const grantOption = ' with grant option';
  return [
    revoke(about, facts),
    ...give(
      privileges.filter((privilege) => !privilege.endsWith(grantOption)),
      '',
    ),
    ...give(
      privileges
        .filter((privilege) => privilege.endsWith(grantOption))
        .map((privilege) => privilege.slice(0, -grantOption.length)),
      grantOption,
    ),
  ];
}

export function revoke(about: CatalogObject, facts: CatalogObject<'grant'>['facts']): string {
  return `revoke ${withColumn(['all'], about, facts)} on ${grantable(about, facts)} from ${roleName(facts.role)}`;
}

/** Privileges of a column stand on its table. */
function withColumn(
  privileges: readonly string[],
  about: CatalogObject,
  { column, sequence }: CatalogObject<'grant'>['facts'],
): string {
  const name = about.kind === 'column' && !sequence ? about.parts.at(-1) : column;
  return privileges
    .map((privilege) => (name === undefined ? privilege : `${privilege} (${quoteIdent(name)})`))
    .join(', ');
}

function grantable(about: CatalogObject, { sequence }: CatalogObject<'grant'>['facts']): string {
  if (sequence && about.kind === 'column') return `sequence ${quoteParts(about.facts.sequenceParts ?? [])}`;
  switch (about.kind) {
    case 'column':
      return `table ${quoteParts(about.parts.slice(0, 2))}`;
    case 'view':
    case 'materialized-view':
    case 'table':
      return `table ${quoteParts(about.parts)}`;
    case 'foreign-server':
      return `foreign server ${quoteParts(about.parts)}`;
    case 'aggregate':
      return `function ${quoteParts(about.parts)}(${about.facts.arguments})`;
    default:
      return `${wordOf(about)} ${addressOf(about)}`;
  }
}

/** `revoke`: back to the usual. */
function defaultPrivileges(
  { facts, schema }: CatalogObject<'default-privileges'>,
  action: 'grant' | 'revoke',
): readonly string[] {
  const head = `alter default privileges for role ${quoteIdent(facts.owner)}${schema ? ` in schema ${quoteIdent(schema)}` : ''}`;
  const change = (privilege: string, gives: boolean) => {
    const [, what = '', role = '', option = ''] = /^(.+?) to (.+?)( with grant option)?$/.exec(privilege) ?? [];
    return gives
      ? `${head} grant ${what} on ${facts.objects} to ${roleName(role)}${option}`
      : `${head} revoke ${what} on ${facts.objects} from ${roleName(role)}`;
  };
  return [
    ...facts.grants.map((privilege) => change(privilege, action === 'grant')),
    ...facts.revokes.map((privilege) => change(privilege, action === 'revoke')),
  ];
}
