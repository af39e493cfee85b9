import type { Finding, History, MigrationStatus } from '../core/types.js';
import { readNames } from '../database/names.js';
import type { Session } from '../database/session.js';
import { comingStatements, foreseenFindings, lostRowFindings, namesOf } from '../plan/foreseen-findings.js';
import { loadParser } from '../sql/parse.js';

/** What can be said of the next run before it is tried: rows that are lost, and the first statement that cannot work. */
export async function foreseeRun(
  session: Session,
  { log }: Pick<History, 'log'>,
  statuses: readonly MigrationStatus[],
): Promise<Finding[]> {
  if (statuses.every(({ row }) => row)) return [];
  await loadParser();
  const coming = comingStatements(statuses);
  const foreseen = coming.length === 0 ? [] : foreseenFindings(coming, await readNames(session, namesOf(coming)));
  return [...lostRowFindings(statuses, log), ...foreseen];
}
