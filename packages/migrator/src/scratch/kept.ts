import { createHash } from 'node:crypto';
import { sha256 } from '../core/hash.js';
import { VERSION } from '../version.js';
import type { ScratchMigration } from './types.js';

/** To be raised when a history leaves something else than before on a database that it runs on. */
const FORMAT = 1;

/** So many migrations are run again rather than kept: what was kept last serves until there are more. */
export const FEW = 50;

/** What a kept server holds: the database that a history has run in. */
export interface KeptState {
  readonly name: string;
  readonly roles: readonly string[];
}

/** For each beginning of a history, by its length: the same if and only if the same SQL makes it in the same order, by the same tool. */
export function keysOf(migrations: readonly ScratchMigration[]): readonly string[] {
  let key = sha256(`${FORMAT} ${VERSION}`);
  return [
    key,
    ...migrations.map(({ sql }) => {
      key = createHash('sha256').update(key).update(sha256(sql)).digest('hex');
      return key;
    }),
  ];
}

export function readKeptState(facts: unknown): KeptState | undefined {
  const { name, roles } = (facts ?? {}) as Partial<KeptState>;
  return typeof name === 'string' && Array.isArray(roles) ? { name, roles } : undefined;
}
