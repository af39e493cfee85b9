/** A text as one word of a command line that can be pasted; in double quotes, which every shell knows, where they serve. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=,~-]+$/.test(text)) return text;
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", String.raw`'\''`)}'` : `"${text}"`;
}
