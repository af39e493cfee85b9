import type { Finding } from '../core/types.js';
import { quoteIdent } from '../sql/quote.js';
import type { Demand } from './demands.js';
import type { ConstraintQuestion, Question } from './losses.js';

/** Rows that the way back has no place for: written, changed or deleted since the migration. Pure. */

export function rowsWithoutValue({ tag, line, name, table, column }: Question, rows: number, path: string): Finding {
  const now = [table.schema, table.table].flatMap((part) => (part === undefined ? [] : [quoteIdent(part)])).join('.');
  const missing = quoteIdent(column ?? '');
  return {
    code: 'rows-without-value',
    severity: 'error',
    tag,
    at: { file: path, line },
    message: `${rows === 1 ? '1 row has' : `${rows} rows have`} no value in ${name}, which the rollback makes NOT NULL again.`,
    consequence: 'Postgres would refuse it. They were written since the migration.',
    fix: `Give them one: \`update ${now} set ${missing} = … where ${missing} is null\`.`,
  };
}

export function rowsViolate({ tag, line, demand }: ConstraintQuestion, rows: number, path: string): Finding {
  return {
    code: 'rows-violate-constraint',
    severity: 'error',
    tag,
    at: { file: path, line },
    message: messageOf(demand, rows),
    consequence: 'Postgres would refuse it. Rows were written, changed or deleted since the migration.',
    fix: `${ADVICE[demand.kind]} \`${demand.find}\` shows them.`,
  };
}

function messageOf({ kind, constraint, table, columns, parent }: Demand, rows: number): string {
  const named = constraint === undefined ? '' : ` (\`${constraint}\`)`;
  const one = rows === 1;
  switch (kind) {
    case 'unique':
      return `${rows} rows of ${table} share their ${columns.join(', ')} with another, which the rollback makes unique again${named}.`;
    case 'check':
      return `${one ? '1 row' : `${rows} rows`} of ${table} ${one ? 'violates' : 'violate'} a check that the rollback makes again${named}.`;
    case 'foreign-key':
      return `${one ? '1 row' : `${rows} rows`} of ${table} ${one ? 'points' : 'point'} with ${columns.join(', ')} at no row of ${parent}, and the rollback makes that foreign key again${named}.`;
    case 'exclusion':
      return `${rows} rows of ${table} collide with another in ${columns.join(', ')}, which the rollback excludes again${named}.`;
  }
}

const ADVICE: Readonly<Record<Demand['kind'], string>> = {
  unique: 'Change or delete all but one of each:',
  check: 'Change or delete them:',
  'foreign-key': 'Insert the rows that they point at, point them elsewhere, or delete them:',
  exclusion: 'Change or delete all but one of each:',
};
