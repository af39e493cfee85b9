import { randomBytes } from 'node:crypto';

const PREFIX = 'migrator_scratch_';
const DAY = 24 * 60 * 60 * 1000;

/** `migrator_scratch_<time>_<random>`: the time tells the leftovers of killed runs from databases in use. */
export function makeScratchName(now = Date.now()): string {
  return `${PREFIX}${now.toString(36)}_${randomBytes(6).toString('hex')}`;
}

/** Whether it is a name of ours, made more than a day ago. */
export function isLeftover(name: string, now = Date.now()): boolean {
  const time = /^migrator_scratch_([0-9a-z]{8,9})_[0-9a-f]{12}$/.exec(name)?.[1];
  return time !== undefined && now - Number.parseInt(time, 36) > DAY;
}

export const SCRATCH_PATTERN = `${PREFIX.replaceAll('_', '\\_')}%`;

/** The same URL for another database, whatever hosts and parameters it has. */
export function withDatabase(url: string, database: string): string {
  return url
    .trim()
    .replace(/^([a-z]+:\/\/[^/?#]*)(?:\/[^?#]*)?/i, `$1/${encodeURIComponent(database)}`)
    .replace(/([?&])dbname=[^&#]*&?/, '$1');
}
