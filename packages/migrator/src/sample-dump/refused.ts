import { sqlstate } from '../database/history.js';
import { MigratorError } from '../errors/migrator-error.js';
import { describePlace, nameOf } from './fit.js';
import type { SamplePlace } from './place.js';
import type { NamedTable, SampleFile } from './types.js';

interface Context {
  readonly file: SampleFile;
  readonly place: SamplePlace;
}

/** Postgres counts the rows of a COPY, and says which it stopped at. */
export function refusedCopy(
  error: unknown,
  { table, line }: { readonly table: NamedTable; readonly line: number },
  context: Context,
): unknown {
  const where = (error as { readonly where?: unknown }).where;
  const row = typeof where === 'string' ? /^COPY .+?, line (\d+)/m.exec(where)?.[1] : undefined;
  return refusedRow(error, { table: nameOf(table), line: line + Number(row ?? 0) }, context);
}

/** What Postgres has against a row, as our error; what is not about a row stays as it is. */
export function refusedRow(
  error: unknown,
  { table, line }: { readonly table: string; readonly line: number },
  { file, place }: Context,
): unknown {
  const code = sqlstate(error);
  if (error instanceof MigratorError || !/^(?:2[0-9A-Z]|42|54|P0)/.test(code)) return error;
  const { message, detail } = error as Error & { readonly detail?: string };
  return new MigratorError('sample-row-refused', {
    message: `A row of ${table} in the sample does not go into ${describePlace(place)}: ${message}.`,
    where: `${file.name}:${line}`,
    ...(detail !== undefined && { detail }),
    state: 'The sample was loaded on scratch only; no other database was touched.',
    fix: `Say with \`--sample-at TAG\` which migration the dumped database had last; if that is right, its schema is not what the migrations make, or leave the rows out: \`pg_dump --data-only --exclude-table-data=${table}\`.`,
    data: { table, line, sqlstate: code },
  });
}
