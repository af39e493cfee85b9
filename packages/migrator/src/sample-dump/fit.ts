import type { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { quoteLiteral } from '../sql/quote.js';
import type { SamplePlace } from './place.js';
import type { Survey } from './survey.js';
import type { NamedTable, SampleFile } from './types.js';

/** What of a sample the state has. */
export interface Fit {
  /** What stands behind FROM for the rows that are the table's own, by what the dump calls it: see `keyOf`. */
  readonly tables: ReadonlyMap<string, string>;
  /** As `keyOf` has them. */
  readonly sequences: ReadonlySet<string>;
}

export function keyOf({ schema, name }: NamedTable): string {
  return JSON.stringify([schema ?? null, name]);
}

/** As a message tells it. */
export function nameOf({ schema, name }: NamedTable): string {
  return schema === undefined ? name : `${schema}.${name}`;
}

/**
 * Holds what a sample names against the state in a database. What lies in `passedOver`, a schema, may be gone there. Throws
 * `sample-mismatch`, which names every table, column and sequence that the state lacks.
 */
export async function fitSample(
  session: Session,
  survey: Survey,
  { file, place, passedOver }: { readonly file: SampleFile; readonly place: SamplePlace; readonly passedOver: string },
): Promise<Fit> {
  const wanted = [
    ...survey.tables,
    ...survey.sequences.map(({ sequence, line }) => ({ table: sequence, columns: [], line })),
  ];
  const rows = await session.rows<{ readonly found: string | null; readonly columns: string }>(
    `select case when c.relkind in ('r', 'S') then 'only ' || c.oid::regclass when c.relkind = 'p' then c.oid::regclass::text end as found,
       (select coalesce(json_agg(a.attname), '[]') from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '')::text as columns
     from json_array_elements(${quoteLiteral(JSON.stringify(wanted.map(({ table }) => table)))}) with ordinality as w(named, n)
       left join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(
         concat_ws('.', quote_ident(w.named ->> 'schema'), quote_ident(w.named ->> 'name')))
     order by w.n`,
  );
  const tables = new Map<string, string>();
  const sequences = new Set<string>();
  const missing: { readonly what: string; readonly line: number }[] = [];
  for (const [n, { table, columns, line }] of wanted.entries()) {
    const row = rows[n];
    const isSequence = n >= survey.tables.length;
    if (!row?.found) {
      if (table.schema !== passedOver)
        missing.push({ what: `${isSequence ? 'sequence' : 'table'} ${nameOf(table)}`, line });
      continue;
    }
    if (isSequence) sequences.add(keyOf(table));
    else tables.set(keyOf(table), row.found);
    const has = new Set(JSON.parse(row.columns) as string[]);
    for (const column of columns)
      if (!has.has(column)) missing.push({ what: `column ${nameOf(table)}.${column}`, line });
  }
  if (missing.length > 0) throw mismatch(missing, file, place);
  return { tables, sequences };
}

function mismatch(
  missing: readonly { readonly what: string; readonly line: number }[],
  { name }: SampleFile,
  place: SamplePlace,
): MigratorError {
  const shown = missing.slice(0, 5).map(({ what }) => what);
  const more = missing.length > shown.length ? `, and ${missing.length - shown.length} more` : '';
  return new MigratorError('sample-mismatch', {
    message: `The sample does not match ${describePlace(place)}, which has no ${shown.join(', no ')}${more}.`,
    where: `${name}:${missing[0]?.line}`,
    state: 'Nothing of it was used, and no database of yours was touched.',
    fix: `Say with \`--sample-at TAG\` which migration the dumped database had last; or leave out of the dump what the migrations do not make, such as \`pg_dump --data-only --exclude-table=${exampleOf(shown[0])}\`.`,
    data: { missing: missing.map(({ what }) => what), after: place.after ?? null },
  });
}

function exampleOf(what = ''): string {
  const [kind, name = ''] = what.split(' ');
  return kind === 'column' ? name.slice(0, name.lastIndexOf('.')) : name;
}

const BECAUSE: Readonly<Record<SamplePlace['by'], string>> = {
  option: 'as `--sample-at` says',
  tracking: 'the last one in its tracking table',
  default: 'the state before the first migration that is rehearsed',
};

/** `the state after `0041_x` (the last one in its tracking table)`. */
export function describePlace({ after, by }: SamplePlace): string {
  return after === undefined ? `the empty database (${BECAUSE[by]})` : `the state after \`${after}\` (${BECAUSE[by]})`;
}
