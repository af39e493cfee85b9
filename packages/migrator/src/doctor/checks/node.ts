import { exitCodes } from '../../errors/catalog.js';
import { type Check, fail, ok, warn } from '../types.js';

/** Last day with fixes. Published in schedule.json of https://github.com/nodejs/Release. */
const ENDS: Readonly<Record<number, string>> = {
  18: '2025-04-30',
  19: '2023-06-01',
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
};
const OLDEST = 20;

export const node: Check = {
  id: 'node',
  title: 'Node.js',
  needs: 'nothing',
  run: ({ now }) => judgeNode(process.versions.node, now()),
};

/** What to say of a version at a time, in milliseconds since 1970. Pure. */
export function judgeNode(version: string, now: number) {
  const major = Number.parseInt(version, 10);
  const end = ENDS[major];
  const fix = 'Install a maintained one: https://nodejs.org/en/about/previous-releases.';
  if (major < OLDEST) return fail(`Node ${version} is older than what migrator works with.`, fix, exitCodes.usage);
  if (end !== undefined && Date.parse(end) < now)
    return warn(`Node ${version} gets no fixes since ${end}; migrator works with it.`, fix);
  return ok(end === undefined ? `Node ${version}.` : `Node ${version}, maintained until ${end}.`);
}
