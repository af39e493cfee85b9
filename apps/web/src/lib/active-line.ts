/** The line that is sung at a time, or was sung last; -1 before the first. Lines are in order; times in milliseconds. */
export function activeLine(lines: readonly { readonly start: number }[], ms: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.start ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
