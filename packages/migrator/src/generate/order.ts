interface Ordered {
  readonly key: string;
  readonly uses: readonly string[];
}

/** What is used before what uses it. Circles, which only a wrong guess of what is used can make, are cut anywhere. */
export function inOrder<T extends Ordered>(items: readonly T[]): T[] {
  const byKey = new Map(items.map((item) => [item.key, item]));
  const done = new Set<string>();
  const result: T[] = [];
  const visit = (item: T) => {
    if (done.has(item.key)) return;
    done.add(item.key);
    for (const key of item.uses) {
      const used = byKey.get(key);
      if (used) visit(used);
    }
    result.push(item);
  };
  for (const item of items) visit(item);
  return result;
}
