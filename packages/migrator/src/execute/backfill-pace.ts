/** How many rows a batch takes: as many as take the wanted time. */
export class BackfillPace {
  #size: number;
  readonly #targetMs: number;

  constructor(size: number, targetMs: number) {
    this.#size = size;
    this.#targetMs = targetMs;
  }

  get size(): number {
    return this.#size;
  }

  resume(size: number): void {
    this.#size = Math.max(1, size);
  }

  /** At most doubled or halved by one batch: the next rows may be others. Who waits for our locks halves it. */
  took({ visited, durationMs, waiting }: { visited: number; durationMs: number; waiting: number }): void {
    // The last batch of a round says little of a full one.
    if (visited < this.#size && durationMs < this.#targetMs) return;
    const factor = waiting > 0 ? 0.5 : Math.min(2, Math.max(0.5, this.#targetMs / Math.max(1, durationMs)));
    this.#size = Math.min(LARGEST, Math.max(1, Math.round(this.#size * factor)));
  }

  /** Half of what failed, or of what it would have been. */
  halve(visited: number): void {
    this.#size = Math.max(1, Math.floor((visited > 0 ? visited : this.#size) / 2));
  }
}

const LARGEST = 100_000;

/**
 * Whether an error may be of one of the rows: a value, a constraint, what a trigger or a function raises. Not of the statement as a
 * whole (class 42), of resources, of a cancel or of the connection.
 */
export function isRowsFault(code: string): boolean {
  return /^(?:21|22|23|27|2F|38|39|44|P0|54)/.test(code);
}
