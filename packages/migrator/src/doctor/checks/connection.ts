import { describeTarget } from '../../database/target.js';
import type { Login } from '../reader.js';
import { type Check, type CheckOutcome, ok, unknown, warn } from '../types.js';

/** A migration waits for a few answers, one after the other: with this much a deploy gets slow. Milliseconds. */
const SLOW = 50;

export const connection: Check = {
  id: 'connection',
  title: 'Connection',
  needs: 'nothing',
  // Longer than the time that the URL gives each of a few hosts.
  timeLimit: 30_000,
  async run({ target, reader, usesEmbedded }) {
    if (!target) {
      return usesEmbedded
        ? unknown('The embedded Postgres is not running.', 'Start it: `migrator db up`.')
        : unknown('No database is known without the config.', 'Mend the config, or pass `--url`.');
    }
    return judgeLogin(describeTarget(target), await reader.connect());
  },
};

/** What to say of how fast a database answers. Pure. */
export function judgeLogin(database: string, { login, latency }: Pick<Login, 'login' | 'latency'>): CheckOutcome {
  const message = `${database} answers in ${latency.toFixed(1)} ms; the log-in took ${login.toFixed(0)} ms.`;
  return latency < SLOW
    ? ok(message)
    : warn(message, 'Run migrations nearer to the server: in its region, or on a machine beside it.');
}
