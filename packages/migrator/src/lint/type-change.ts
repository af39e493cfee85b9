import type { DomainType, EnumType } from './model/schema.js';

/** What a change of type costs: nothing but a moment's lock, an index that is built anew, all rows, or what the TimeZone decides. */
export type TypeChange = 'free' | 'time-zone' | 'rewrite';

export interface TypeChangeFacts {
  /** Undefined where it is not known: then it is taken for a rewrite. */
  readonly from: string | undefined;
  readonly to: string;
  readonly hasUsing: boolean;
  /** The types as the schema knows them, if they are its own. */
  readonly toType: EnumType | DomainType | undefined;
}

/** As measured on Postgres 15: see docs/rules/type-change-rewrites.md. */
export function typeChange({ from, to, hasUsing, toType }: TypeChangeFacts): TypeChange {
  if (hasUsing || from === undefined) return 'rewrite';
  if (from === to) return 'free';
  if (toType?.kind === 'enum') return 'rewrite';
  if (toType?.kind === 'domain')
    return !toType.isChecked && typeChange({ from, to: toType.base, hasUsing, toType: undefined }) === 'free'
      ? 'free'
      : 'rewrite';
  const [old, next] = [partsOf(from), partsOf(to)];
  if (old.isArray !== next.isArray) return 'rewrite';
  const isText = (name: string) => name === 'text' || name === 'varchar';
  if (next.name === 'text' && (isText(old.name) || old.name === 'citext')) return 'free';
  if (next.name === 'citext' && isText(old.name)) return 'free';
  if (next.name === 'varchar' && (isText(old.name) || old.name === 'citext')) return longer(old, next);
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
    case 'interval':
      return precise(old, next) ? 'free' : 'rewrite';
    default:
      return 'rewrite';
  }
}

interface TypeParts {
  readonly name: string;
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
}

function partsOf(type: string): TypeParts {
  const [, name = '', modifiers, array] = /^([^([]*)(?:\(([^)]*)\))?(\[\])?$/.exec(type) ?? [];
  return { name, modifiers: modifiers?.split(',').map(Number) ?? [], isArray: array !== undefined };
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

/** Fractions of seconds: 6 digits unless it says fewer. */
function precise(old: TypeParts, next: TypeParts): boolean {
  return (next.modifiers[0] ?? 6) >= (old.modifiers[0] ?? 6);
}
