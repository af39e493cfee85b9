import type { CatalogFacts, CatalogObject } from '../catalog/index.js';
import { foreignOptionList, optionList, optionName, ownName, quoteParts, relationOf, textLiteral } from './names.js';

type Column = CatalogObject<'column'>;

/** What stands in CREATE TABLE and ADD COLUMN. */
export function columnDefinition(column: Column, options: { readonly withDefault: boolean }): string {
  return [ownName(column), typeOf(column.facts), columnRest(column, options)].filter(Boolean).join(' ');
}

/** What follows the type. */
export function columnRest({ facts }: Column, { withDefault }: { readonly withDefault: boolean }): string {
  return [facts.notNull && facts.notNullValidated && 'not null', source(facts, withDefault)].filter(Boolean).join(' ');
}

function typeOf({ type, collation }: CatalogFacts['column']): string {
  return collation ? `${type} collate ${quoteParts(collation)}` : type;
}

/** Where values come from that no statement gives. */
function source(facts: CatalogFacts['column'], withDefault: boolean): string {
  const { identity, generated, sequenceOptions } = facts;
  if (identity) return `generated ${identity} as identity${sequenceOptions && ` (${sequenceOptions})`}`;
  if (generated) return `generated always as (${generated.expression})${generated.stored ? ' stored' : ''}`;
  return withDefault && facts.default !== undefined ? `default ${facts.default}` : '';
}

/** Makes the sequence of a serial column, which must be there before the column. */
export function ownSequence({ facts }: Column): readonly string[] {
  if (facts.identity || !facts.sequenceParts) return [];
  const as = /^as /.test(facts.sequenceOptions) ? '' : sequenceType(facts.type);
  return [
    `create sequence ${quoteParts(facts.sequenceParts)}${as}${facts.sequenceOptions && ` ${facts.sequenceOptions}`}`,
  ];
}

/** A sequence of a column is of the column's type, where nothing else is said. */
function sequenceType(type: string): string {
  return type === 'smallint' || type === 'integer' ? ` as ${type}` : '';
}

/** What can only be said once the column is there. */
export function columnSettings(column: Column, relation = relationOf(column)): readonly string[] {
  const { facts } = column;
  const alter = `alter table ${relation} alter column ${ownName(column)}`;
  return [
    ...(facts.identity || !facts.sequenceParts
      ? []
      : [`alter sequence ${quoteParts(facts.sequenceParts)} owned by ${relation}.${ownName(column)}`]),
    ...(facts.notNull && !facts.notNullValidated ? [notNullNotValid(column, relation)] : []),
    ...(facts.storage ? [`${alter} set storage ${facts.storage}`] : []),
    ...(facts.compression ? [`${alter} set compression ${facts.compression}`] : []),
    ...(facts.statistics === undefined ? [] : [`${alter} set statistics ${facts.statistics}`]),
    ...options(column, alter, []),
  ];
}

/** NOT NULL has a name of its own from version 18 on. */
function notNullNotValid(column: Column, relation: string): string {
  return `alter table ${relation} add constraint ${ownName({ ...column, parts: [`${column.facts.column}_not_null`] })} not null ${ownName(column)} not valid`;
}

/** Those of a foreign table are its server's: `name=value` without a storage parameter of that name. */
const ATTRIBUTE_OPTIONS = new Set(['n_distinct', 'n_distinct_inherited']);

function options({ facts }: Column, alter: string, before: readonly string[]): readonly string[] {
  const gone = before.filter((option) => !facts.options.some((kept) => optionName(kept) === optionName(option)));
  const set = facts.options.filter((option) => !before.includes(option));
  const own = (list: readonly string[]) => list.filter((option) => ATTRIBUTE_OPTIONS.has(optionName(option)));
  const foreign = (list: readonly string[]) => list.filter((option) => !ATTRIBUTE_OPTIONS.has(optionName(option)));
  const foreignChanges = [
    ...foreign(gone).map((option) => `drop "${optionName(option)}"`),
    ...foreign(set).map((option) => {
      const there = before.some((earlier) => optionName(earlier) === optionName(option));
      return `${there ? 'set' : 'add'} ${foreignOptionList([option])}`;
    }),
  ];
  return [
    ...(own(gone).length > 0 ? [`${alter} reset (${own(gone).map(optionName).join(', ')})`] : []),
    ...(own(set).length > 0 ? [`${alter} set (${optionList(own(set))})`] : []),
    ...(foreignChanges.length > 0 ? [`${alter} options (${foreignChanges.join(', ')})`] : []),
  ];
}

export interface AlterColumn {
  /** Quoted; default: the column's own. */
  readonly relation?: string;
  /** The type was made anew under its old name: values must be carried over, whatever the types are called. */
  readonly retype?: boolean;
  /** The default was taken away before, and is set again elsewhere. */
  readonly withoutDefault?: boolean;
  /** The sequence of a serial column is there already, or stays when the column lets go of it. */
  readonly sequenceStays?: boolean;
  /** What to write behind USING, by the name of the column and its types. Default: a cast. */
  readonly conversion?: ((column: string, from: string, to: string) => string) | undefined;
}

/** The statements that make one column into another; values that do not fit make them fail. Undefined: it must be made anew. */
export function alterColumn(
  before: Column,
  after: Column,
  {
    relation = relationOf(before),
    retype = false,
    withoutDefault = false,
    sequenceStays = false,
    conversion,
  }: AlterColumn = {},
): readonly string[] | undefined {
  const [from, to] = [before.facts, after.facts];
  if (remakes(from, to)) return undefined;
  const alter = `alter table ${relation} alter column ${ownName(before)}`;
  const typeChanges = retype || typeOf(from) !== typeOf(to);
  const serial = !from.identity && from.sequenceParts !== undefined;
  const willBeSerial = !to.identity && to.sequenceParts !== undefined;
  const sourceChanges = from.default !== to.default || serial !== willBeSerial || from.identity !== to.identity;
  const statements: string[] = [];
  if (from.generated && !to.generated) statements.push(`${alter} drop expression`);
  // A default of the old type may not convert by itself.
  if (from.default !== undefined && !withoutDefault && (typeChanges || (sourceChanges && to.default === undefined)))
    statements.push(`${alter} drop default`);
  if (from.identity && !to.identity) statements.push(`${alter} drop identity`);
  if (serial && !willBeSerial && from.sequenceParts)
    statements.push(
      sequenceStays
        ? `alter sequence ${quoteParts(from.sequenceParts)} owned by none`
        : `drop sequence ${quoteParts(from.sequenceParts)}`,
    );
  if (typeChanges)
    statements.push(
      `${alter} type ${typeOf(to)} using ${
        conversion && !retype
          ? conversion(before.facts.column, from.type, to.type)
          : `${ownName(before)}${retype ? '::text' : ''}::${to.type}`
      }`,
    );
  if (!from.notNull && to.notNull && to.notNullValidated) statements.push(`${alter} set not null`);
  if (!from.notNull && to.notNull && !to.notNullValidated) statements.push(notNullNotValid(after, relation));
  if (from.notNull && !to.notNull) statements.push(`${alter} drop not null`);
  if (from.notNull && to.notNull && !from.notNullValidated && to.notNullValidated)
    statements.push(`${alter} drop not null`, `${alter} set not null`);
  if (from.notNull && to.notNull && from.notNullValidated && !to.notNullValidated)
    statements.push(`${alter} drop not null`, notNullNotValid(after, relation));
  if (!serial && willBeSerial && !sequenceStays) statements.push(...ownSequence(after));
  if (to.default !== undefined && !withoutDefault && (typeChanges || sourceChanges))
    statements.push(`${alter} set default ${to.default}`);
  if (!serial && willBeSerial && to.sequenceParts)
    statements.push(
      `alter sequence ${quoteParts(to.sequenceParts)} owned by ${relation}.${ownName(after)}`,
      ...(sequenceStays ? [] : behindRows(after, relation)),
    );
  if (to.identity && !from.identity)
    statements.push(
      `${alter} add generated ${to.identity} as identity${to.sequenceOptions && ` (${to.sequenceOptions})`}`,
      ...behindRows(after, relation),
    );
  if (to.identity && from.identity && to.identity !== from.identity)
    statements.push(`${alter} set generated ${to.identity}`);
  if (from.sequenceParts && to.sequenceParts && serial === willBeSerial && !!from.identity === !!to.identity)
    statements.push(...alterSequence(from, to));
  if (to.generated && from.generated && to.generated.expression !== from.generated.expression)
    statements.push(`${alter} set expression as (${to.generated.expression})`);
  if (from.storage !== to.storage) statements.push(`${alter} set storage ${to.storage ?? 'default'}`);
  if (from.compression !== to.compression) statements.push(`${alter} set compression ${to.compression ?? 'default'}`);
  if (from.statistics !== to.statistics) statements.push(`${alter} set statistics ${to.statistics ?? -1}`);
  return [...statements, ...options(after, alter, from.options)];
}

/** The column of a child, once the statements about its parent's have run: what those changed is as the parent has it. */
export function afterParent(
  child: CatalogFacts['column'],
  before: CatalogFacts['column'],
  after: CatalogFacts['column'],
  retype: boolean,
): CatalogFacts['column'] {
  const typeChanges = retype || typeOf(before) !== typeOf(after);
  // The default is set again after the type.
  const isChanged = (name: (typeof CARRIED)[number]) =>
    JSON.stringify(before[name]) !== JSON.stringify(after[name]) || (name === 'default' && typeChanges);
  const { default: _, generated: __, ...rest } = child;
  const carried = Object.fromEntries(CARRIED.map((name) => [name, isChanged(name) ? after[name] : child[name]]));
  return { ...rest, ...carried };
}

/** What ALTER TABLE carries from a parent to its children. */
const CARRIED = [
  'type',
  'collation',
  'default',
  'notNull',
  'notNullValidated',
  'identity',
  'generated',
  'storage',
  'compression',
  'statistics',
] as const;

/** A new counter starts where it is told to, and would give numbers again that rows have. */
function behindRows(column: Column, relation: string): readonly string[] {
  if (/increment by -/.test(column.facts.sequenceOptions)) return [];
  const start = /(?:start with|minvalue) (-?\d+)(?!.*start with)/.exec(column.facts.sequenceOptions)?.[1] ?? '1';
  const sequence = `pg_get_serial_sequence(${textLiteral(relation)}, ${textLiteral(column.facts.column)})`;
  return [`select setval(${sequence}, greatest(max(${ownName(column)}) + 1, ${start}), false) from ${relation}`];
}

/** A column cannot become a generated one, nor change between stored and virtual, without being made anew. */
function remakes(from: CatalogFacts['column'], to: CatalogFacts['column']): boolean {
  if (!to.generated) return from.generated?.stored === false;
  return from.generated?.stored !== to.generated.stored;
}

function alterSequence(from: CatalogFacts['column'], to: CatalogFacts['column']): readonly string[] {
  if (!from.sequenceParts || (from.sequenceOptions === to.sequenceOptions && from.type === to.type)) return [];
  return [
    `alter sequence ${quoteParts(from.sequenceParts)} ${changedSequence(from.sequenceOptions, to.sequenceOptions, to.type)}`,
  ];
}

/** All options of a sequence that has others. One that counts the other way cannot go on from where it is. */
export function changedSequence(before: string, after: string, usualType: string): string {
  const falls = (options: string) => /increment by -/.test(options);
  return `${allSequenceOptions(after, usualType)}${falls(before) === falls(after) ? '' : ' restart'}`;
}

/**
 * Those that are not said must be said too, to be set back. NO MAXVALUE is not enough: with a type, even the old one, Postgres then
 * takes the largest number also for a sequence that falls.
 */
function allSequenceOptions(options: string, usualType: string): string {
  const has = (word: string) => new RegExp(`(?:^| )${word}\\b`).test(options);
  const falls = /increment by -/.test(options);
  const type = /(?:^| )as (\w+)/.exec(options)?.[1] ?? usualType;
  const largest = LARGEST[type] ?? LARGEST.bigint;
  return [
    !has('as') && `as ${usualType}`,
    !has('increment by') && 'increment by 1',
    !has('minvalue') && `minvalue ${falls ? `-${(BigInt(largest ?? 0) + 1n).toString()}` : '1'}`,
    !has('maxvalue') && `maxvalue ${falls ? '-1' : largest}`,
    options,
    !has('start with') && startOf(options),
    !has('cache') && 'cache 1',
    !has('cycle') && 'no cycle',
  ]
    .filter(Boolean)
    .join(' ');
}

const LARGEST: Readonly<Record<string, string>> = {
  smallint: '32767',
  integer: '2147483647',
  bigint: '9223372036854775807',
};

/** The usual start is the end that the sequence comes from. */
function startOf(options: string): string {
  const falls = /increment by -/.test(options);
  const end = new RegExp(falls ? 'maxvalue (-?\\d+)' : 'minvalue (-?\\d+)').exec(options)?.[1];
  return `start with ${end ?? (falls ? -1 : 1)}`;
}
