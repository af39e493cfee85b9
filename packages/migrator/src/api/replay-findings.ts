import { relative } from 'node:path';
import type { CatalogDifference } from '../catalog/index.js';
import type { Finding } from '../core/types.js';
import type { MigratorError } from '../errors/migrator-error.js';
import type { GenerateProject } from '../generate/generate.js';
import type { SchemaAgainstReplay } from '../generate/schema-against-replay.js';
import { differencesText } from '../verify/index.js';

/** What it means that the migrations, replayed, lead elsewhere than the schema. */
export function replayFindings({ differences, unknown }: SchemaAgainstReplay, project: GenerateProject): Finding[] {
  const at = placeOf(project);
  if (unknown) return [notCompared(unknown, project)];
  if (differences.length === 0) return [];
  return [
    {
      code: 'snapshot-not-replay',
      severity: 'warning',
      at,
      message: `The migrations do not make what the schema says: ${differencesText(differences)}.${details(differences)}`,
      consequence:
        'The snapshots say otherwise, so that neither drizzle-kit nor `migrator generate` sees it: every new database has it wrong.',
      fix: 'Run `migrator generate --custom <name>` and write the SQL that makes them agree; or change the schema to what the migrations make, and run `migrator repair --rebuild-snapshot <tag>` for the newest.',
    },
  ];
}

/** The schema, or the snapshots that it would be compared with, cannot be read or made. */
export function notCompared({ message, fix }: MigratorError, project: GenerateProject): Finding {
  return {
    code: 'schema-not-compared',
    severity: 'info',
    at: placeOf(project),
    message: `The schema was not compared with the migrations. ${message}`,
    fix: fix ?? 'Mend what is said there, and check again.',
  };
}

/** The newest snapshot lacks what the schema says and the migrations make: somebody wrote a migration by hand. */
export function snapshotBehind(project: GenerateProject, newest: string): Finding {
  return {
    code: 'snapshot-not-replay',
    severity: 'error',
    tag: newest,
    at: placeOf(project),
    message: 'The migrations make what the schema says, and the newest snapshot does not say it.',
    consequence:
      'The next `generate` writes the same changes again, and they fail wherever the migrations were applied.',
    fix: `Run \`migrator repair --rebuild-snapshot ${newest}\`: it makes it anew, of what the files do.`,
  };
}

/** The newest snapshot is behind, and the schema has changes besides: what `generate` would write now holds both. */
export function snapshotDiffers(
  differences: readonly CatalogDifference[],
  project: GenerateProject,
  newest: string,
): Finding {
  return {
    ...snapshotBehind(project, newest),
    message: `The newest snapshot does not say what the files make: ${differencesText(differences)}. The schema has changes besides.`,
    fix: `Run \`migrator repair --rebuild-snapshot ${newest}\`, then \`migrator generate <name>\`.`,
  };
}

function placeOf({ generate, relativeTo, migrationsFolder }: GenerateProject): { readonly file: string } {
  return { file: generate.schema[0] ?? (relative(relativeTo, migrationsFolder) || '.') };
}

/** Both texts of the first things that are there and different. */
function details(differences: readonly CatalogDifference[]): string {
  const changed = differences.filter(({ change }) => change === 'changed').slice(0, 3);
  return changed
    .map(
      ({ name, expected, actual }) => ` ${name}: the schema says \`${expected}\`, the migrations make \`${actual}\`.`,
    )
    .join('');
}
