/**
 * One transaction for all, but for values that are added to an enum: they can be used only when they are committed, so that the
 * statements up to the last of them are one by themselves. Pure.
 */
export function transactionsOf(statements: readonly string[]): readonly (readonly string[])[] {
  const last = statements.findLastIndex((sql) => /^\s*alter\s+type\s.*\sadd\s+value\s/is.test(sql));
  return [statements.slice(0, last + 1), statements.slice(last + 1)].filter((part) => part.length > 0);
}
