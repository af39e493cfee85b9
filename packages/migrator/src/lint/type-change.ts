import { type DomainType, type EnumType, type Schema, typeOf } from './model/schema.js';
import { type AlterCommand, type Node, strings, type TypeName, typeText } from './syntax.js';

/** What a change of type costs: nothing but a moment's lock, an index that is built anew, all rows, or what the TimeZone decides. */
export type TypeChange = 'free' | 'time-zone' | 'rewrite';

/** What a change of type begins and ends with, as the schema has it; USING that only names the column, or casts it to the new type, is none. */
export function typeChangeOf(
  { types }: Pick<Schema, 'types'>,
  from: string | undefined,
  command: Pick<AlterCommand, 'name' | 'def'>,
): TypeChange {
  const to = typeText(command.def?.ColumnDef?.typeName);
  return typeChange({
    from,
    to,
    hasUsing: usingOf(command) !== undefined,
    fromType: from === undefined ? undefined : typeOf({ types }, from),
    toType: typeOf({ types }, to),
  });
}

/** The USING of a change of type, where it says more than the change does of itself. */
export function usingOf({ name, def }: Pick<AlterCommand, 'name' | 'def'>): Node | undefined {
  const { raw_default: using, typeName } = def?.ColumnDef ?? {};
  const cast = using?.TypeCast as { readonly arg?: Node; readonly typeName?: TypeName } | undefined;
  const plain = cast && typeText(cast.typeName) === typeText(typeName) ? cast.arg : using;
  const fields = strings((plain?.ColumnRef as Node | undefined)?.fields);
  return fields.at(-1) === name ? undefined : using;
}

export interface TypeChangeFacts {
  /** Undefined where it is not known: then it is taken for a rewrite. */
  readonly from: string | undefined;
  readonly to: string;
  readonly hasUsing: boolean;
  /** The types as the schema knows them, if they are its own. */
  readonly fromType: EnumType | DomainType | undefined;
  readonly toType: EnumType | DomainType | undefined;
}

/** As measured on Postgres 15: see docs/rules/type-change-rewrites.md. */
function typeChange({ from, to, hasUsing, fromType, toType }: TypeChangeFacts): TypeChange {
  if (hasUsing || from === undefined) return 'rewrite';
  if (from === to) return 'free';
  if (toType?.kind === 'enum') return 'rewrite';
  // A value of a domain is one of its base; an array of them is converted element by element.
  if (/\[\]$/.test(from) || /\[\]$/.test(to)) return 'rewrite';
  if (fromType?.kind === 'domain')
    return typeChange({ from: fromType.base, to, hasUsing, fromType: undefined, toType });
  if (toType?.kind === 'domain')
    return !toType.isChecked &&
      typeChange({ from, to: toType.base, hasUsing, fromType: undefined, toType: undefined }) === 'free'
      ? 'free'
      : 'rewrite';
  const [old, next] = [partsOf(from), partsOf(to)];
  const isText = (name: string) => name === 'text' || name === 'varchar';
  if (next.name === 'text' && (isText(old.name) || old.name === 'citext')) return 'free';
  if (next.name === 'citext' && isText(old.name)) return 'free';
  if (next.name === 'varchar' && (isText(old.name) || old.name === 'citext')) return longer(old, next);
  if (SAME_BYTES.has(`${old.name} ${next.name}`)) return next.modifiers.length === 0 ? 'free' : 'rewrite';
  if (old.name !== next.name) {
    const zoned = new Set(['timestamp timestamptz', 'timestamptz timestamp']).has(`${old.name} ${next.name}`);
    return zoned && precise(old, next) ? 'time-zone' : 'rewrite';
  }
  switch (next.name) {
    case 'numeric':
      return next.modifiers.length === 0 || wider(old.modifiers, next.modifiers) ? 'free' : 'rewrite';
    case 'varbit':
      return longer(old, next);
    case 'timestamp':
    case 'timestamptz':
    case 'time':
    case 'timetz':
      return precise(old, next) ? 'free' : 'rewrite';
    case 'interval':
      return next.modifiers.length === 0 || sameFields(old, next) ? 'free' : 'rewrite';
    default:
      return 'rewrite';
  }
}

/** Casts that Postgres makes without a function, besides those between texts. */
const SAME_BYTES: ReadonlySet<string> = new Set(['cidr inet', 'xml text', 'xml varchar', 'bit varbit']);

interface TypeParts {
  readonly name: string;
  readonly modifiers: readonly number[];
}

function partsOf(type: string): TypeParts {
  const [, name = '', modifiers] = /^([^(]*)(?:\(([^)]*)\))?$/.exec(type) ?? [];
  return { name, modifiers: modifiers?.split(',').map(Number) ?? [] };
}

/** A text without limit, or with one that is no smaller. */
function longer(old: TypeParts, next: TypeParts): TypeChange {
  const [limit] = next.modifiers;
  if (limit === undefined) return 'free';
  const [before = Number.POSITIVE_INFINITY] = old.modifiers;
  return limit >= before ? 'free' : 'rewrite';
}

function wider(
  [precision = Number.POSITIVE_INFINITY, scale = 0]: readonly number[],
  [to = 0, toScale = 0]: readonly number[],
): boolean {
  return to >= precision && scale === toScale;
}

/** An interval's modifiers are a mask of its fields, all or some, and the digits behind its seconds. */
function sameFields({ modifiers: old }: TypeParts, { modifiers: next }: TypeParts): boolean {
  const ALL = 32_767;
  return next[0] === ALL && (old[0] ?? ALL) === ALL && (next[1] ?? 6) >= (old[1] ?? 6);
}

/** Fractions of seconds: 6 digits unless it says fewer. */
function precise(old: TypeParts, next: TypeParts): boolean {
  return (next.modifiers[0] ?? 6) >= (old.modifiers[0] ?? 6);
}
