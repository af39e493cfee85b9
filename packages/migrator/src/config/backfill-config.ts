import type { BackfillSettings } from '../execute/context.js';
import { fieldsOf, msOf } from './fields.js';

/** By the names that the config has for them. */
const FIELDS: Readonly<Record<string, keyof BackfillSettings>> = {
  batch: 'targetMs',
  lag: 'maxLagMs',
  transaction: 'maxTransactionMs',
  pause: 'maxPauseMs',
};

/** `backfill: { batch, lag, transaction, pause }`, durations all; puts what is wrong into `faults`. */
export function backfillConfig(given: unknown, faults: string[]): Partial<BackfillSettings> {
  const fields = fieldsOf(given, 'migrator.backfill', Object.keys(FIELDS), faults);
  const known = Object.entries(FIELDS).filter(([name]) => fields[name] !== undefined);
  const read = known.map(([name, setting]): [string, number] => [setting, msOf(fields[name])]);
  for (const [at, [, ms]] of read.entries()) {
    if (!(ms > 0))
      faults.push(`\`migrator.backfill.${known[at]?.[0]}\` must be a duration, such as \`'250ms'\` or \`'5m'\`.`);
  }
  return Object.fromEntries(read.filter(([, ms]) => ms > 0));
}
