import type { CatalogKind, CatalogObject, Parts } from '../catalog/index.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';

/** Every part quoted, with dots between. */
export function quoteParts(parts: Parts): string {
  return parts.map(quoteIdent).join('.');
}

/** Of something in a relation, such as a column: the relation, quoted. */
export function relationOf({ parts }: CatalogObject): string {
  return quoteParts(parts.slice(0, 2));
}

/** Of something in a relation: its own name, quoted. */
export function ownName({ parts }: CatalogObject): string {
  return quoteIdent(parts.at(-1) ?? '');
}

const WORDS: Partial<Record<CatalogKind, string>> = {
  'materialized-view': 'materialized view',
  enum: 'type',
  'composite-type': 'type',
  'range-type': 'type',
  'event-trigger': 'event trigger',
  'text-search-dictionary': 'text search dictionary',
  'text-search-configuration': 'text search configuration',
  'foreign-server': 'server',
};

/** What DROP, ALTER and COMMENT ON call it. */
export function wordOf(object: CatalogObject): string {
  if (object.kind === 'table' && object.facts.type === 'foreign') return 'foreign table';
  return WORDS[object.kind] ?? object.kind;
}

/** How DROP and COMMENT ON point at it, without the word for its kind. */
export function addressOf(object: CatalogObject): string {
  switch (object.kind) {
    case 'function':
    case 'procedure':
      return `${quoteParts(object.parts)}(${object.facts.arguments})`;
    case 'aggregate':
      return `${quoteParts(object.parts)}(${object.facts.arguments || '*'})`;
    case 'cast':
      return `(${object.name})`;
    case 'operator':
      return `${object.facts.address} (${object.facts.arguments})`;
    case 'constraint':
    case 'trigger':
    case 'rule':
    case 'policy':
      return `${ownName(object)} on ${relationOf(object)}`;
    default:
      return quoteParts(object.parts);
  }
}

/** `name=value` as the list between brackets that SET and WITH take. */
export function optionList(options: readonly string[]): string {
  return options.map((option) => `${optionName(option)} = ${textLiteral(optionValue(option))}`).join(', ');
}

/** `name=value` as OPTIONS of a foreign table takes it. */
export function foreignOptionList(options: readonly string[]): string {
  return options.map((option) => `${quoteIdent(optionName(option))} ${textLiteral(optionValue(option))}`).join(', ');
}

/** ` options (add …, set …, drop …)` of ALTER; empty where nothing changes. */
export function foreignOptionChanges(before: readonly string[], after: readonly string[]): string {
  const has = (list: readonly string[], name: string) => list.some((option) => optionName(option) === name);
  const changes = [
    ...before
      .filter((option) => !has(after, optionName(option)))
      .map((option) => `drop ${quoteIdent(optionName(option))}`),
    ...after
      .filter((option) => !before.includes(option))
      .map((option) => `${has(before, optionName(option)) ? 'set' : 'add'} ${foreignOptionList([option])}`),
  ];
  return changes.length > 0 ? ` options (${changes.join(', ')})` : '';
}

export function optionName(option: string): string {
  return option.slice(0, option.indexOf('='));
}

export function optionValue(option: string): string {
  return option.slice(option.indexOf('=') + 1);
}

export function textLiteral(value: string): string {
  return quoteLiteral(value).trim();
}

/** `public` stands for everybody. */
export function roleName(name: string): string {
  return name === 'public' ? name : quoteIdent(name);
}

export function setReplicaIdentity({ parts, facts }: CatalogObject<'table'>): string {
  const identity = facts.replicaIdentity.replace(
    / using index (.+)$/,
    (_, index) => ` using index ${quoteIdent(index)}`,
  );
  return `alter table ${quoteParts(parts)} ${identity}`;
}

export function dropObject(object: CatalogObject): string {
  switch (object.kind) {
    case 'column':
    case 'constraint':
      return `alter table ${relationOf(object)} drop ${object.kind} ${ownName(object)}`;
    default:
      return `drop ${wordOf(object)} ${addressOf(object)}`;
  }
}
