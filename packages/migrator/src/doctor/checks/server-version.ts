import { exitCodes } from '../../errors/catalog.js';
import { type Check, fail, ok, unknown, warn } from '../types.js';

/** Day of the last release of each major version. Published at https://www.postgresql.org/support/versioning/. */
const LAST_RELEASES: Readonly<Record<number, string>> = {
  10: '2022-11-10',
  11: '2023-11-09',
  12: '2024-11-21',
  13: '2025-11-13',
  14: '2026-11-12',
  15: '2027-11-11',
  16: '2028-11-09',
  17: '2029-11-08',
  18: '2030-11-14',
};
const NEWEST = 18;
/** What the tests of migrator run on begins here, and what it asks the catalogs needs this much. */
const OLDEST = 12;
const SOON = 183 * 24 * 60 * 60 * 1000;

export const serverVersion: Check = {
  id: 'server-version',
  title: 'Server version',
  needs: 'database',
  async run({ reader, now }) {
    const [row] = await reader.rows<{ version: string; major: number }>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major`,
    );
    return judge(row?.version ?? '', Number(row?.major), now());
  },
};

/** What to say of a version at a time, in milliseconds since 1970. Pure. */
export function judge(version: string, major: number, now: number) {
  const shown = `Postgres ${version}`;
  const upgrade = `Upgrade to a later major version; ${NEWEST} is the newest that this migrator knows.`;
  if (major < OLDEST) return fail(`${shown} is older than what migrator works with.`, upgrade, exitCodes.database);
  const last = LAST_RELEASES[major];
  if (last === undefined) {
    return unknown(
      `${shown} is newer than this migrator, which knows versions up to ${NEWEST}.`,
      'Look for a newer `@melodia/migrator`.',
    );
  }
  const left = Date.parse(last) - now;
  if (left < 0) return warn(`${shown} has had its last release on ${last}: faults in it stay.`, upgrade);
  if (left < SOON) return warn(`${shown} has its last release on ${last}.`, upgrade);
  return ok(`${shown}, maintained until ${last}.`);
}
