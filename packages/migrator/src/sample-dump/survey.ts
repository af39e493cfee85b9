import { unreadable } from './open-dump.js';
import { readParts } from './read-parts.js';
import type { DumpedMigration, NamedTable, SampleFile } from './types.js';

/** Of a table, what a dump says first. */
export interface SurveyedTable {
  readonly table: NamedTable;
  /** Every column that the dump names; empty where it names none. */
  readonly columns: readonly string[];
  readonly line: number;
}

export interface Survey {
  /** In the order of the file, each once; without the tables of the tracking. */
  readonly tables: readonly SurveyedTable[];
  readonly sequences: readonly { readonly sequence: NamedTable; readonly line: number }[];
  /** Rows of the tracking table: what the database had that was dumped. */
  readonly migrations: readonly DumpedMigration[];
}

/** Tables that belong to migrator or drizzle-kit, not to the schema. */
export interface TrackingTables {
  readonly schema: string;
  readonly table: string;
  readonly log: string;
}

/** Reads the whole file once, and keeps what it is about. Throws `sample-unreadable`. */
export async function surveyDump(file: SampleFile, tracking: TrackingTables): Promise<Survey> {
  const tables = new Map<string, { table: NamedTable; columns: Set<string>; line: number }>();
  const sequences: { sequence: NamedTable; line: number }[] = [];
  const migrations: DumpedMigration[] = [];
  let isTrackingCopy = false;
  for await (const part of readParts(file)) {
    if (part.kind === 'rows') {
      if (isTrackingCopy) migrations.push(...dumpedMigrations(part.bytes.toString('utf8').split('\n')));
      continue;
    }
    if (part.kind === 'setval') {
      if (part.sequence.schema !== tracking.schema) sequences.push({ sequence: part.sequence, line: part.line });
      continue;
    }
    const isTracking = isOfTracking(part.table, tracking);
    isTrackingCopy = part.kind === 'copy' && part.table.name === tracking.table && isTracking;
    if (isTracking) {
      if (part.kind === 'insert' && part.table.name === tracking.table)
        migrations.push(...dumpedMigrations([part.text]));
      continue;
    }
    const key = JSON.stringify([part.table.schema, part.table.name]);
    const known = tables.get(key) ?? { table: part.table, columns: new Set<string>(), line: part.line };
    tables.set(key, known);
    for (const column of part.columns ?? []) known.columns.add(column);
  }
  if (tables.size === 0) {
    throw unreadable(file, {
      message: 'The sample holds no rows: neither `COPY … FROM stdin` nor `INSERT INTO` stands in it.',
      fix: 'Make it with `pg_dump --data-only --file sample.sql <database>`.',
    });
  }
  return {
    tables: [...tables.values()].map((table) => ({ ...table, columns: [...table.columns] })),
    sequences,
    migrations,
  };
}

export function isOfTracking({ schema, name }: NamedTable, tracking: TrackingTables): boolean {
  return schema === tracking.schema && (name === tracking.table || name === tracking.log);
}

/** The hash and the `created_at` of rows, whichever columns stand beside them: no other value looks like either. */
function dumpedMigrations(texts: readonly string[]): DumpedMigration[] {
  return texts.flatMap((text) =>
    [...text.matchAll(/\b([0-9a-f]{64})\b'?\s*,?\s*'?(\d{12,14})\b/g)].map(([, hash = '', when]) => ({
      hash,
      when: Number(when),
    })),
  );
}
