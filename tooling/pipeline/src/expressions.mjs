// The expressions of GitHub's workflows, as far as ours use them.

const TOKEN = /\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|(==|!=|&&|\|\||[!().,])|([A-Za-z_][\w-]*))/y;
const STATUS = ['success', 'failure', 'always', 'cancelled'];

/**
 * The text with every `${{ … }}` replaced by its value.
 *
 * @param {string} text
 * @param {Record<string, unknown>} context
 */
export function interpolate(text, context) {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression) => String(evaluate(expression, context) ?? ''));
}

/** Whether an `if` holds: one that asks for no status means: and nothing has failed. */
export function holds(condition, context) {
  if (condition === undefined) return context.status === 'success';
  const expression = String(condition).replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1');
  const asksStatus = STATUS.some((name) => new RegExp(`\\b${name}\\s*\\(`).test(expression));
  return (asksStatus || context.status === 'success') && truthy(evaluate(expression, context));
}

/** Throws an `Error` that shows the expression where it is none that is known here. */
export function evaluate(expression, context) {
  const tokens = tokensOf(expression);
  let at = 0;
  const peek = () => tokens[at];
  const take = (text) => {
    if (peek()?.text !== text || peek()?.kind === 'string') return false;
    at += 1;
    return true;
  };
  const fail = () => {
    throw new Error(`Not understood: \${{${expression}}} at ${peek()?.text ?? 'its end'}.`);
  };

  function either() {
    let value = both();
    while (take('||')) {
      const other = both();
      value = truthy(value) ? value : other;
    }
    return value;
  }
  function both() {
    let value = compared();
    while (take('&&')) {
      const other = compared();
      value = truthy(value) ? other : value;
    }
    return value;
  }
  function compared() {
    const value = single();
    if (take('==')) return same(value, single());
    if (take('!=')) return !same(value, single());
    return value;
  }
  function single() {
    if (take('!')) return !truthy(single());
    if (take('(')) {
      const value = either();
      if (!take(')')) fail();
      return value;
    }
    const token = peek() ?? fail();
    at += 1;
    if (token.kind === 'string') return token.text;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind !== 'name') fail();
    if (take('(')) return call(token.text, args());
    if (['true', 'false', 'null'].includes(token.text)) return JSON.parse(token.text);
    let value = context[token.text];
    while (take('.')) {
      value = value?.[peek()?.text ?? fail()];
      at += 1;
    }
    return value;
  }
  function args() {
    const values = [];
    while (!take(')')) {
      values.push(either());
      if (!take(',') && peek()?.text !== ')') fail();
    }
    return values;
  }
  function call(name, [a, b]) {
    switch (name) {
      case 'always':
        return true;
      case 'success':
      case 'failure':
      case 'cancelled':
        return context.status === name;
      case 'startsWith':
        return String(a ?? '').startsWith(String(b));
      default:
        return fail();
    }
  }

  const value = either();
  if (peek()) fail();
  return value;
}

function tokensOf(expression) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (expression.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (!match) throw new Error(`Not understood: \${{${expression}}} at ${expression.slice(from)}.`);
    const [, string, number, sign, name] = match;
    if (string !== undefined) tokens.push({ kind: 'string', text: string.slice(1, -1).replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'name', text: name });
  }
  return tokens;
}

function truthy(value) {
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== false;
}

/** Nothing and the empty text are the same there. */
function same(a, b) {
  return (a ?? '') === (b ?? '');
}
