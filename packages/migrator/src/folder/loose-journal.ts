/** What can be made out of a journal that may not be valid JSON. */
export interface LooseJournal {
  readonly version: string;
  readonly dialect: string;
  /** Each with all its fields, whatever they are. */
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  /** What had to be overlooked: `a comma too many`. None: it is valid. */
  readonly faults: readonly string[];
  /** Parts of it could not be read at all: entries may be lost. */
  readonly isPartial: boolean;
}

/**
 * Reads a journal as a person would: commas too many, comments and a byte order mark do not matter, and of a text that is cut off
 * the whole entries count. Undefined where it holds the marks of a merge, which only `rebase` can resolve. Pure.
 */
export function parseLoosely(text: string): LooseJournal | undefined {
  if (hasMergeMarks(text)) return undefined;
  const faults: string[] = [];
  let rest = text;
  if (rest.startsWith('\uFEFF')) {
    faults.push('a byte order mark');
    rest = rest.slice(1);
  }
  const asWritten = read(rest);
  if (asWritten) return { ...asWritten, faults, isPartial: false };
  const uncommented = replaceOutsideStrings(rest, /\/\/[^\n]*|\/\*[\s\S]*?\*\//y, () => ' ');
  if (uncommented !== rest) faults.push('comments');
  const mended = replaceOutsideStrings(uncommented, /,(?=\s*[,\]}])/y, () => '');
  if (mended !== uncommented) faults.push('a comma too many');
  const afterMending = read(mended);
  if (afterMending) return { ...afterMending, faults, isPartial: false };
  return {
    version: /"version"\s*:\s*"?(\d+)/.exec(mended)?.[1] ?? '7',
    dialect: /"dialect"\s*:\s*"(\w+)"/.exec(mended)?.[1] ?? 'postgresql',
    entries: wholeEntries(mended),
    faults: [...faults, 'a part that is no JSON'],
    isPartial: true,
  };
}

/** Whether git has left the marks of an unresolved merge. */
export function hasMergeMarks(text: string): boolean {
  return /^(?:<{7}|={7}|>{7})/m.test(text);
}

function read(text: string): Pick<LooseJournal, 'version' | 'dialect' | 'entries'> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || !('entries' in json) || !Array.isArray(json.entries))
      return undefined;
    const { version, dialect } = json as { readonly version?: unknown; readonly dialect?: unknown };
    return {
      version: String(version ?? '7'),
      dialect: String(dialect ?? 'postgresql'),
      entries: json.entries.map((entry: unknown) =>
        typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : {},
      ),
    };
  } catch {
    return undefined;
  }
}

function wholeEntries(text: string): Record<string, unknown>[] {
  return [...text.matchAll(/\{[^{}]*\}/g)].flatMap(([part]) => {
    try {
      const entry = JSON.parse(part) as Record<string, unknown>;
      return typeof entry.tag === 'string' ? [entry] : [];
    } catch {
      return [];
    }
  });
}

/** `pattern` must be sticky. */
function replaceOutsideStrings(text: string, pattern: RegExp, by: () => string): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const string = /"(?:[^"\\\n]|\\.)*"/y;
    string.lastIndex = at;
    const literal = string.exec(text)?.[0];
    pattern.lastIndex = at;
    const match = literal === undefined ? pattern.exec(text)?.[0] : undefined;
    out += literal ?? (match === undefined ? text[at] : by());
    at += (literal ?? match ?? ' ').length;
  }
  return out;
}
