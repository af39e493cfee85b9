import { readFileSync } from 'node:fs';
import { readTableSizes, type TableSizes } from '../database/table-sizes.js';
import { readTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { writeFileAtomically } from '../folder/write-file.js';
import { withSession } from './project.js';

export type { TableSizes } from '../database/table-sizes.js';

/** Reads how large the tables of a database are, from its statistics. Changes nothing. Throws the errors of a connection that fails. */
export async function tableSizesOf(url: string, signal?: AbortSignal): Promise<TableSizes> {
  return withSession(readTarget({ url }), { applicationName: 'migrator check', signal }, readTableSizes);
}

/** Writes sizes to a file that can be committed: names and numbers only. */
export function writeTableSizes(path: string, tables: TableSizes): void {
  writeFileAtomically(path, `${JSON.stringify({ version: 1, tables }, null, 2)}\n`);
}

/** Throws `wrong-usage` where the file is not one that `writeTableSizes` has written. */
export function readTableSizesFile(path: string): TableSizes {
  try {
    const { version, tables } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown; tables?: TableSizes };
    const sizes = Object.values(tables ?? {});
    if (version !== 1 || !tables || sizes.some(({ rows, bytes }) => !Number.isFinite(rows) || !Number.isFinite(bytes)))
      throw new Error('it is not `{ "version": 1, "tables": { "schema.table": { "rows": 0, "bytes": 0 } } }`');
    return tables;
  } catch (cause) {
    throw new MigratorError('wrong-usage', {
      message: `The file of table sizes cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      fix: 'Write it anew: `migrator check --stats-from URL --stats-out FILE`.',
      cause,
    });
  }
}
