import { quoteLiteral, quoteName } from '../sql/quote.js';
import { NAME_COLUMNS, type TrackingNames } from './tracking.js';

/** The name that a row of the tracking table gets. */
export interface RowName {
  readonly id: number;
  readonly name: string;
}

/**
 * What drizzle-orm 1.0 does to a table of 0.31 before it first uses it, with the names that are right instead of guessed ones. When
 * old rows were applied is not known to drizzle: `applied_at` stays empty, as it leaves it. The last statement fails unless every
 * row that was named has its name.
 */
export function upgradeTrackingSql(
  names: TrackingNames,
  { addColumns, rows }: { readonly addColumns: boolean; readonly rows: readonly RowName[] },
): string[] {
  const table = quoteName(names.schema, names.table);
  const values = rows.map(({ id, name }) => `(${id}, ${quoteLiteral(name)})`).join(', ');
  return [
    ...(addColumns
      ? [
          ...NAME_COLUMNS.map((column) => `alter table ${table} add column if not exists ${column}`),
          `update ${table} set applied_at = null`,
        ]
      : []),
    ...(rows.length === 0
      ? []
      : [
          `update ${table} t set name = v.name from (values ${values}) v (id, name) where t.id = v.id`,
          `select case when count(*) <> ${rows.length} then ('migrator: not all names were written: ' || count(*))::int end from ${table} t join (values ${values}) v (id, name) on t.id = v.id and t.name = v.name`,
        ]),
  ];
}
