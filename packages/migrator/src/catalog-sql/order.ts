/** Something to do, and what must be done before it. */
export interface Task {
  readonly id: string;
  readonly after: readonly string[];
}

/** In an order in which everything comes after what it must; otherwise as given. A circle is cut where it is met. */
export function inOrder<T extends Task>(tasks: readonly T[]): readonly T[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const done = new Set<string>();
  const ordered: T[] = [];
  const visit = (task: T) => {
    if (done.has(task.id)) return;
    done.add(task.id);
    for (const id of task.after) {
      const before = byId.get(id);
      if (before) visit(before);
    }
    ordered.push(task);
  };
  for (const task of tasks) visit(task);
  return ordered;
}
