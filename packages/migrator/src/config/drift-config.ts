import { resolve } from 'node:path';
import { closest } from '../errors/closest.js';

/** `migrator.drift` of drizzle.config.ts, checked. */
export interface DriftConfig {
  /** Absolute path of the file of accepted drift. */
  readonly accepted: string;
  readonly owners: boolean;
  readonly grants: boolean;
}

const FIELDS = ['accepted', 'owners', 'grants'];
const NAMES = '`accepted`, `owners` and `grants`';
const ACCEPTED = './drift-accepted.json';

/** `drift: { accepted, owners, grants }`; puts what is wrong into `faults`. */
export function driftConfig(
  given: unknown,
  { root, faults }: { readonly root: string; readonly faults: string[] },
): DriftConfig {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (given !== undefined && !isObject) faults.push(`\`migrator.drift\` must be an object with ${NAMES}.`);
  const fields = (isObject ? given : {}) as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(fields)) {
    if (FIELDS.includes(field)) continue;
    const meant = closest(field, FIELDS);
    const hint = meant ? `did you mean \`${meant}\`?` : `there are ${NAMES}.`;
    faults.push(`\`migrator.drift.${field}\` is no known field; ${hint}`);
  }
  const flag = (name: 'owners' | 'grants'): boolean => {
    const value = fields[name];
    if (value !== undefined && typeof value !== 'boolean')
      faults.push(`\`migrator.drift.${name}\` must be true or false.`);
    return value === true;
  };
  const { accepted = ACCEPTED } = fields;
  const isPath = typeof accepted === 'string' && accepted !== '';
  if (!isPath) faults.push(`\`migrator.drift.accepted\` must be the path of a file, such as \`${ACCEPTED}\`.`);
  return { accepted: resolve(root, isPath ? accepted : ACCEPTED), owners: flag('owners'), grants: flag('grants') };
}
