const ADDED_VALUE = /^\s*alter\s+type\s.*\sadd\s+value\s/is;

/** Values that are added to an enum come first: nothing of the rest must be done for them. Pure. */
export function valuesFirst<T extends { readonly sql: string }>(statements: readonly T[]): readonly T[] {
  const isAdded = ({ sql }: T) => ADDED_VALUE.test(sql);
  return [...statements.filter(isAdded), ...statements.filter((statement) => !isAdded(statement))];
}

/**
 * One transaction for all, but for values that are added to an enum: they can be used only when they are committed, so that the
 * statements up to the last of them are one by themselves. Pure.
 */
export function transactionsOf(statements: readonly string[]): readonly (readonly string[])[] {
  const last = statements.findLastIndex((sql) => ADDED_VALUE.test(sql));
  return [statements.slice(0, last + 1), statements.slice(last + 1)].filter((part) => part.length > 0);
}
