/**
 * Literals for the simple protocol, which takes no parameters: with parameters, postgres.js needs a second round trip
 * per statement, and round trips are what a migration over a slow link costs.
 */
export type Literal = string | number | boolean | Date | null | readonly string[] | { readonly json: unknown };

export function quoteLiteral(value: Literal): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return `${quoteLiteral(value.toISOString())}::timestamptz`;
  if (typeof value !== 'string') {
    if ('json' in value) return `${quoteLiteral(JSON.stringify(value.json))}::jsonb`;
    return `array[${value.map(quoteLiteral).join(', ')}]::text[]`;
  }
  if (value.includes('\0')) throw new TypeError('Postgres text cannot hold a zero byte');
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

export function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table`, both quoted. */
export function quoteName(schema: string, name: string): string {
  return `${quoteIdent(schema)}.${quoteIdent(name)}`;
}
