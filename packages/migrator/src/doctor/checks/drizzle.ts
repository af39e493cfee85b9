import { exitCodes } from '../../errors/catalog.js';
import { readFolder } from '../../folder/read-folder.js';
import { installedVersion } from '../installed.js';
import { type Check, type CheckOutcome, fail, ok, type Patient, warn } from '../types.js';

export const drizzle: Check = {
  id: 'drizzle',
  title: 'drizzle-kit, drizzle-orm',
  needs: 'nothing',
  run(patient) {
    const { root } = patient;
    return judgeDrizzle({
      kit: installedVersion('drizzle-kit', root),
      orm: installedVersion('drizzle-orm', root),
      layout: layoutOf(patient),
    });
  },
};

function layoutOf({ migrationsFolder, relativeTo, now }: Patient): 'journal' | 'folders' | undefined {
  try {
    const { layout, hasJournal } = readFolder(migrationsFolder, { relativeTo, now: now(), snapshots: false });
    return hasJournal ? layout : undefined;
  } catch {
    // The check of the folder says what is wrong with it.
    return undefined;
  }
}

/** What to say of the versions that are installed and the layout of the folder. Pure. */
export function judgeDrizzle({
  kit,
  orm,
  layout,
}: {
  readonly kit: string | undefined;
  readonly orm: string | undefined;
  readonly layout: 'journal' | 'folders' | undefined;
}): CheckOutcome {
  const shown = `drizzle-kit ${kit ?? 'is not installed'}, drizzle-orm ${orm ?? 'is not installed'}.`;
  if (kit === undefined) {
    return warn(
      `${shown} \`generate\`, \`check\` and \`push\` read the schema with drizzle-kit.`,
      'Install it: `npm install --save-dev drizzle-kit`.',
    );
  }
  const [kitMajor, ormMajor] = [majorOf(kit), orm === undefined ? undefined : majorOf(orm)];
  if (layout === 'folders' && kitMajor < 1) {
    return fail(
      `${shown} The folder has the layout of drizzle 1.0, which this drizzle-kit does not know.`,
      'Install drizzle-kit 1.0 and drizzle-orm 1.0, or take the folder back from version control.',
      exitCodes.refused,
    );
  }
  if (ormMajor !== undefined && ormMajor !== kitMajor) {
    return warn(
      `${shown} They are of different generations: the schema that one writes the other misreads.`,
      'Install both of 0.x, or both of 1.0.',
    );
  }
  if (layout === 'journal' && kitMajor >= 1) {
    return warn(
      `${shown} The folder has the layout of drizzle 0.31, which drizzle-kit 1.0 refuses.`,
      'Run `migrator upgrade`.',
    );
  }
  return kitMajor < 1 && minorOf(kit) < 31
    ? warn(
        `${shown} It writes other snapshots than 0.31, which migrator reads.`,
        'Update it: `npm install --save-dev drizzle-kit@^0.31`.',
      )
    : ok(shown);
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

function minorOf(version: string): number {
  return Number.parseInt(version.split('.')[1] ?? '0', 10);
}
