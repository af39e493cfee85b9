/**
 * Whether a table's name passes `tablesFilter` of a drizzle config: patterns as minimatch reads them, with a `!` before those that
 * must not fit. Without patterns every name does. Pure.
 */
export function fitsFilter(name: string, patterns: readonly string[]): boolean {
  const verdicts = patterns.flatMap((pattern) => {
    const isNegated = /^!(?!\()/.test(pattern);
    const fits = expressionOf(isNegated ? pattern.slice(1) : pattern).test(name);
    if (isNegated) return [!fits];
    return fits ? [true] : [];
  });
  return patterns.length === 0 || (verdicts.length > 0 && verdicts.every(Boolean));
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^(?:${sourceOf(pattern)})$`, 'su');
}

const REPEATED: Readonly<Record<string, string>> = { '@': '', '?': '?', '*': '*', '+': '+' };

function sourceOf(pattern: string): string {
  if (pattern === '') return '';
  const [first = ''] = pattern;
  const group = /^[@?*+!]\(/.test(pattern) ? insideOf(pattern.slice(1), '(', ')') : undefined;
  if (group) {
    const options = `(?:${choices(group.inside, '|').map(sourceOf).join('|')})`;
    const rest = sourceOf(group.rest);
    return first === '!' ? `(?!${options}${rest}$).*${rest}` : `${options}${REPEATED[first]}${rest}`;
  }
  const braces = first === '{' ? insideOf(pattern, '{', '}') : undefined;
  if (braces) return `(?:${choices(braces.inside, ',').map(sourceOf).join('|')})${sourceOf(braces.rest)}`;
  const set = /^\[([!^]?)([^\]]+)\](.*)$/s.exec(pattern);
  if (set) {
    const members = (set[2] ?? '').replace(/[\\[&~]/g, '\\$&');
    return `[${set[1] ? '^' : ''}${members}]${sourceOf(set[3] ?? '')}`;
  }
  if (first === '*') return `.*${sourceOf(pattern.replace(/^\*+/, ''))}`;
  if (first === '?') return `.${sourceOf(pattern.slice(1))}`;
  const literal = first === '\\' && pattern.length > 1 ? [...pattern.slice(1)][0] : [...pattern][0];
  const taken = (first === '\\' && pattern.length > 1 ? 1 : 0) + (literal?.length ?? 1);
  return `${(literal ?? '').replace(/[.*+?^$(){}|[\]\\/]/g, '\\$&')}${sourceOf(pattern.slice(taken))}`;
}

function insideOf(
  text: string,
  open: string,
  close: string,
): { readonly inside: string; readonly rest: string } | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === open) depth += 1;
    if (text[at] === close) depth -= 1;
    if (depth === 0) return { inside: text.slice(1, at), rest: text.slice(at + 1) };
  }
  return undefined;
}

function choices(text: string, between: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('({'.includes(character)) depth += 1;
    if (')}'.includes(character)) depth -= 1;
    if (character === between && depth === 0) parts.push('');
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}
