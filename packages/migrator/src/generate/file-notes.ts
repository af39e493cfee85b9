import type { Migration } from '../core/types.js';
import type { NewMigration } from '../folder/write-migrations.js';
import { splitStatements } from '../sql/split.js';
import { qualified } from './ddl.js';
import type { Operation } from './operations.js';
import type { Part } from './parts.js';
import type { Snapshot, View } from './snapshot.js';

/** Postgres cuts what is longer. In bytes. */
const LONGEST_NAME = 63;

/** The files of a part, with what one should know of them that the schema alone does not tell. Needs `loadParser`. */
export function withNotes(draft: NewMigration, part: Part, history: readonly Migration[]): NewMigration {
  const views = [...viewsIn(part.before), ...viewsIn(part.after)];
  const remade = (operations: readonly Operation[]) =>
    views.filter((view) => isDropped(view, operations) && isCreated(view, operations));
  return {
    ...draft,
    up: annotate(draft.up, [...cutNames(part), ...attachments(remade(part.up), history)]),
    ...(draft.down !== undefined && { down: annotate(draft.down, attachments(remade(part.down), history)) }),
  };
}

/** Behind the comments that the file begins with. */
function annotate(text: string, notes: readonly string[]): string {
  const lines = text.split('\n');
  const end = Math.max(
    0,
    lines.findIndex((line) => !line.startsWith('--')),
  );
  return lines.toSpliced(end, 0, ...[...new Set(notes)].map((note) => `-- Note: ${note}.`)).join('\n');
}

function cutNames({ before, after }: Part): string[] {
  const known = new Set(namesIn(before));
  return namesIn(after)
    .filter((name) => Buffer.byteLength(name) > LONGEST_NAME && !known.has(name))
    .map((name) => `\`${name}\` is longer than ${LONGEST_NAME} bytes: Postgres calls it \`${cut(name)}\``);
}

function cut(name: string): string {
  return Buffer.from(name)
    .toString('utf8', 0, LONGEST_NAME)
    .replace(/\uFFFD+$/, '');
}

function namesIn(snapshot: Snapshot): string[] {
  const named = (record: Readonly<Record<string, { readonly name?: string | undefined }>>) =>
    Object.values(record).flatMap(({ name }) => name ?? []);
  return [
    ...Object.keys(snapshot.schemas),
    ...[snapshot.tables, snapshot.enums, snapshot.sequences, snapshot.roles, snapshot.views].flatMap(named),
    ...Object.values(snapshot.tables).flatMap((table) =>
      [
        table.columns,
        table.indexes,
        table.foreignKeys,
        table.uniqueConstraints,
        table.checkConstraints,
        table.compositePrimaryKeys,
        table.policies,
      ].flatMap(named),
    ),
  ];
}

function viewsIn(snapshot: Snapshot): readonly View[] {
  return Object.values(snapshot.views);
}

function isDropped(view: View, operations: readonly Operation[]): boolean {
  return operations.some(({ sql }) => /^DROP (?:MATERIALIZED )?VIEW /.test(sql) && sql.endsWith(` ${qualified(view)}`));
}

function isCreated(view: View, operations: readonly Operation[]): boolean {
  return operations.some(
    ({ sql }) => /^CREATE (?:MATERIALIZED )?VIEW /.test(sql) && sql.includes(` ${qualified(view)} `),
  );
}

/** What custom SQL of earlier migrations has given to views that are made anew: it goes with them. */
function attachments(views: readonly View[], history: readonly Migration[]): string[] {
  if (views.length === 0) return [];
  return history.flatMap(({ path, file }) => {
    const sql = file?.sql ?? '';
    if (!views.some(({ name }) => sql.includes(name))) return [];
    return splitStatements(sql).flatMap(({ kind, node, line }) => {
      const what = ATTACHED[kind];
      const view = views.find(({ name }) => what !== undefined && mentions(node, name));
      return view
        ? [`\`${view.name}\` is made anew without the ${what} that ${path}:${line} gave it; add it behind the CREATE`]
        : [];
    });
  });
}

const ATTACHED: Readonly<Record<string, string>> = {
  IndexStmt: 'index',
  GrantStmt: 'privileges',
  CommentStmt: 'comment',
  CreateTrigStmt: 'trigger',
  RuleStmt: 'rule',
  AlterOwnerStmt: 'owner',
};

/** Whether a name stands anywhere in a syntax tree. */
function mentions(node: unknown, name: string): boolean {
  if (node === name) return true;
  return typeof node === 'object' && node !== null && Object.values(node).some((part) => mentions(part, name));
}
