/** A statement of a dump, with what stands around it cut off. */
export interface DumpStatement {
  readonly text: string;
  readonly line: number;
  /** It begins where a dump's own statements begin: what is indented is part of the body of a function or a rule. */
  readonly isOutermost: boolean;
}

/** What ends or opens something outside of quotes. */
const OUTSIDE = /--.*|\/\*|'|"|\$(?:[^\W\d]\w*)?\$|;/g;

const ENDS: Readonly<Record<string, RegExp>> = { '/*': /\/\*|\*\//g, '"': /""|"/g, "'": /''|'/g };

/**
 * Finds the statements of a dump line by line, so that no more than one of them is in memory. Quotes, dollar quotes and
 * comments are followed, since a function's body may hold what looks like data.
 */
export class DumpSplitter {
  #text = '';
  #line = 0;
  #isOutermost = false;
  /** What the text is inside of: a quote, a dollar quote's tag, a comment. */
  #inside: string | undefined;
  /** The quote is `E'…'`, where a backslash takes what follows with it. */
  #escapes = false;
  #depth = 0;

  /** Within a statement that has begun. */
  get isOpen(): boolean {
    return this.#text !== '';
  }

  feed(line: string, number: number): DumpStatement[] {
    // What psql would do, such as `\restrict`.
    if (!this.isOpen && this.#inside === undefined && line.startsWith('\\')) return [];
    const statements: DumpStatement[] = [];
    let from = 0;
    let at = 0;
    const take = (to: number) => {
      const text = line.slice(from, to);
      const startsLine = from === 0 && /^\S/.test(text);
      this.#add(text, number, startsLine || statements.at(-1)?.isOutermost === true);
      from = to;
    };
    while (at < line.length) {
      if (this.#inside !== undefined) {
        at = this.#endOfInside(line, at);
        continue;
      }
      OUTSIDE.lastIndex = at;
      const found = OUTSIDE.exec(line);
      if (!found) break;
      const [token] = found;
      at = found.index + token.length;
      if (token.startsWith('--')) {
        take(found.index);
        from = line.length;
      } else if (token === ';') {
        take(at);
        if (this.isOpen) statements.push({ text: this.#text, line: this.#line, isOutermost: this.#isOutermost });
        this.#text = '';
      } else if (!(token.startsWith('$') && /[\w$]/.test(line[found.index - 1] ?? ' '))) {
        this.#inside = token;
        this.#depth = 1;
        this.#escapes = token === "'" && /(?:^|[^\w$])e$/i.test(line.slice(0, found.index));
      }
    }
    take(line.length);
    if (this.isOpen) this.#text += '\n';
    return statements;
  }

  #add(text: string, line: number, isOutermost: boolean): void {
    if (this.isOpen) {
      this.#text += text;
      return;
    }
    const begun = text.trimStart();
    if (begun === '' || begun === ';') return;
    this.#text = begun;
    this.#line = line;
    this.#isOutermost = isOutermost;
  }

  /** Where the outside goes on; the length of the line if it does not there. */
  #endOfInside(line: string, from: number): number {
    const inside = this.#inside ?? '';
    if (inside.startsWith('$')) {
      const end = line.indexOf(inside, from);
      if (end === -1) return line.length;
      this.#inside = undefined;
      return end + inside.length;
    }
    const pattern = this.#escapes ? /\\.|''|'/g : new RegExp((ENDS[inside] ?? ENDS["'"]) as RegExp);
    pattern.lastIndex = from;
    for (let found = pattern.exec(line); found; found = pattern.exec(line)) {
      const [token] = found;
      if (token === '/*') this.#depth += 1;
      else if (token === '*/' || token === inside) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#inside = undefined;
        return pattern.lastIndex;
      }
    }
    return line.length;
  }
}
