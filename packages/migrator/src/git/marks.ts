/** The two texts that a file with conflict marks is made of. */
export interface MarkedText {
  /** As the side above the marks has it: that of HEAD. */
  readonly upper: string;
  readonly lower: string;
}

/** Parts a text at the marks of a merge, those of the `diff3` style too; undefined where it has none. Pure. */
export function splitMarks(text: string): MarkedText | undefined {
  if (!/^<{7}(?: |\r?$)/m.test(text)) return undefined;
  const sides: { upper: string[]; lower: string[] } = { upper: [], lower: [] };
  let at: 'both' | 'upper' | 'base' | 'lower' = 'both';
  for (const line of text.split('\n')) {
    const mark = /^(<{7}|\|{7}|={7}|>{7})(?: |\r?$)/.exec(line)?.[1]?.[0];
    if (mark === '<' && at === 'both') at = 'upper';
    else if (mark === '|' && at === 'upper') at = 'base';
    else if (mark === '=' && (at === 'upper' || at === 'base')) at = 'lower';
    else if (mark === '>' && at === 'lower') at = 'both';
    else {
      if (at === 'both' || at === 'upper') sides.upper.push(line);
      if (at === 'both' || at === 'lower') sides.lower.push(line);
    }
  }
  return { upper: sides.upper.join('\n'), lower: sides.lower.join('\n') };
}
