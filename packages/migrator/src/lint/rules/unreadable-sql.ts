import type { SyntaxStatement } from '../../sql/split.js';
import { defineRule, type Match } from '../rule.js';

/** Of the grammar that reads the files: what a later Postgres has learned, it does not know. */
const GRAMMAR = 18;

export const unreadableSql = defineRule({
  id: 'unreadable-sql',
  title: 'A statement cannot be read, neither by Postgres nor by any rule.',
  severity: 'error',
  preset: 'recommended',
  category: 'failing',
  consequence:
    'Postgres refuses it with a syntax error, and no rule has looked at what stands in the same piece, up to the next `--> statement-breakpoint`.',
  fix: 'Correct what the mark is at.',
  claims: { fails: '42601' },
  on: ['Unparsed', 'TooLarge'],
  check(statement, { target }) {
    const found = statement.kind === 'TooLarge' ? tooLarge(statement) : unparsed(statement);
    return [target.major > GRAMMAR && found.severity === undefined ? { ...found, ...NEWER } : found];
  },
});

const NEWER = {
  severity: 'warning',
  consequence: `The grammar is that of Postgres ${GRAMMAR}: a later one may take it, but no rule has looked at it.`,
} as const;

function tooLarge({ text }: SyntaxStatement): Match {
  return {
    message: `${(text.length / 1e6).toFixed(1)} million characters in one piece are too many to be read here.`,
    severity: 'info',
    consequence: 'Postgres gets them as they are, and no rule has looked at them; a rehearsal runs them.',
    fix: 'Part what defines tables from the rows, with `--> statement-breakpoint`.',
  };
}

function unparsed({ text, node }: SyntaxStatement): Match {
  const { message = 'syntax error', location } = node as { readonly message?: string; readonly location?: number };
  const command = /near "\\"$/.test(message) ? /^\s*(\\\w*)/m.exec(text)?.[1] : undefined;
  if (command !== undefined) {
    return {
      message: `\`${command}\` is a command of psql, which no server knows.`,
      location,
      fix: 'Take it out, or write what it does as SQL.',
    };
  }
  if (/^COPY\b[^;]*\bFROM\s+STDIN\b/im.test(text)) {
    return {
      message: 'The rows behind COPY … FROM STDIN are no SQL: psql sends them apart.',
      location,
      fix: 'INSERT … VALUES; `pg_dump --inserts` writes it.',
    };
  }
  return { message: `Postgres cannot read this: ${message}.`, location };
}
