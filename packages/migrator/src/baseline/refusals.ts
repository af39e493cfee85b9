import type { CatalogDifference } from '../catalog/index.js';
import { MigratorError } from '../errors/migrator-error.js';
import { describeDifferences } from './describe.js';

export interface Servers {
  /** Major versions. */
  readonly live: number;
  readonly scratch: number;
}

/** The database is not what the migrations up to `tag` make. */
export function differs(
  tag: string,
  differences: readonly CatalogDifference[],
  { asked, servers }: { readonly asked: boolean; readonly servers: Servers },
): MigratorError {
  const many = differences.length === 1 ? 'one difference' : `${differences.length} differences`;
  return new MigratorError('baseline-differs', {
    message: asked
      ? `The database is not what the migrations up to \`${tag}\` make: ${many}.`
      : `The database equals no state of the history. The closest is that after \`${tag}\`, with ${many}.`,
    detail: describeDifferences(differences),
    state: 'Nothing was changed.',
    fix: `${otherVersion(servers)}Bring the database to that state, or name another migration. Leave out what is not yours with \`--ignore <schema>\`. To take it as it is: \`migrator baseline --to ${tag} --accept-differences\`.`,
    data: { tag, differences },
  });
}

function otherVersion({ live, scratch }: Servers): string {
  if (live === scratch) return '';
  return `The migrations were run on Postgres ${scratch}, and the database is on ${live}, which prints some definitions in other words: compare on the same version with \`--scratch-url\` (the database's own server will do, if the role may create databases). `;
}

/** Nothing can be proved, because the history itself does not run. */
export function doesNotRun(tag: string, error: MigratorError): MigratorError {
  return new MigratorError('refused', {
    message: `\`${tag}\` does not run on a new database, so that nothing can be proven: ${error.message}`,
    ...(error.where && { where: error.where }),
    ...(error.detail && { detail: error.detail }),
    state: 'Nothing was changed.',
    fix: `Correct the file; if it needs an extension or a setting that the scratch server does not have, name a server that has it: \`--scratch-url\`. Without any proof: \`--accept-differences\`, with \`--to\`.`,
    cause: error,
  });
}
