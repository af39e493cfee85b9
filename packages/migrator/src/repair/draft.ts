import { type FileEdit, JOURNAL_PATH } from '../folder/edits.js';
import type { DraftEntry, FolderFacts, FolderFile, RepairChoices, RepairStep } from './types.js';

/** A folder while it is being repaired: the entries and files as they will be, and what was done to get there. */
export class FolderDraft {
  readonly facts: FolderFacts;
  readonly choices: RepairChoices;
  entries: DraftEntry[];
  readonly files: Map<string, FolderFile>;
  readonly steps: RepairStep[] = [];
  #edits = new Map<string, FileEdit>();
  #isJournalChanged = false;

  constructor(facts: FolderFacts, choices: RepairChoices) {
    this.facts = facts;
    this.choices = choices;
    this.entries = (facts.journal?.entries ?? []).map(toEntry);
    this.files = new Map(facts.files.map((file) => [file.tag, file]));
  }

  /** Files that no entry names, in the order of their names. */
  get orphans(): FolderFile[] {
    const tags = new Set(this.entries.map(({ tag }) => tag));
    return [...this.files.values()].filter(({ tag }) => !tags.has(tag)).sort((a, b) => byName(a.tag, b.tag));
  }

  /** A time after all that anybody knows: whoever has the others does not skip what is stamped with it. */
  get later(): number {
    const times = [
      ...this.entries.map(({ when }) => when),
      ...(this.facts.rows ?? []).map(({ createdAt }) => createdAt),
    ];
    const known = times.filter((time): time is number => time !== null && isStamp(time));
    return Math.max(this.facts.now, ...known.map((time) => time + 1));
  }

  note(code: string, what: string, tag?: string): void {
    this.steps.push({ code, part: 'folder', ...(tag !== undefined && { tag }), what });
  }

  /** A step that changes the journal. */
  noteJournal(code: string, what: string, tag?: string): void {
    this.#isJournalChanged = true;
    this.note(code, what, tag);
  }

  write(path: string, text: string, reason: string): void {
    this.#edits.set(path, { path, text, reason });
  }

  remove(path: string, reason: string): void {
    this.#edits.set(path, { path, text: null, reason });
  }

  /** Writes a migration file and knows it from then on. */
  writeFile(file: FolderFile, reason: string): void {
    this.files.set(file.tag, file);
    this.write(`${file.tag}.sql`, file.sql, reason);
  }

  get edits(): FileEdit[] {
    const edits = [...this.#edits.values()];
    if (!this.#isJournalChanged) return edits;
    const count = this.steps.length;
    return [
      ...edits,
      { path: JOURNAL_PATH, text: this.journalText, reason: `${count} step${count === 1 ? '' : 's'} of the repair` },
    ];
  }

  get journalText(): string {
    const { version = '7', dialect = 'postgresql' } = this.facts.journal ?? {};
    const entries = this.entries.map(({ fields, idx, when, tag }, position) => ({
      idx: Number.isNaN(idx) ? position : idx,
      version,
      // What nobody could decide stays as it was written.
      when: Number.isNaN(when) ? fields.when : when,
      tag: tag === '' ? fields.tag : tag,
      breakpoints: true,
      ...without(fields),
    }));
    return JSON.stringify({ version, dialect, entries }, null, 2);
  }
}

/** What is ours to decide comes from the draft, all else as it was written. */
function without({ idx: _, when: __, tag: ___, ...rest }: Readonly<Record<string, unknown>>): object {
  return rest;
}

function toEntry(fields: Readonly<Record<string, unknown>>, position: number): DraftEntry {
  const { tag, idx, when } = fields;
  return {
    fields,
    position,
    tag: typeof tag === 'string' ? tag : '',
    idx: typeof idx === 'number' ? idx : Number.NaN,
    when: typeof when === 'number' || (typeof when === 'string' && when.trim() !== '') ? Number(when) : Number.NaN,
  };
}

/** A `when` that a row can hold, exactly. */
export function isStamp(when: number): boolean {
  return Number.isSafeInteger(when);
}

/** By number first: `0010_a` comes after `9_b`. */
export function byName(a: string, b: string): number {
  const [left, right] = [prefixNumber(a), prefixNumber(b)];
  if (left !== undefined && right !== undefined && left !== right) return left - right;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function prefixNumber(tag: string): number | undefined {
  const digits = /^\d+(?=_|$)/.exec(tag)?.[0];
  return digits === undefined ? undefined : Number(digits);
}
