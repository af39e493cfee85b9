import { describeTarget } from '../../database/target.js';
import { type Check, ok, unknown, warn } from '../types.js';

/** A migration waits for a few answers, one after the other: with this much a deploy gets slow. Milliseconds. */
const SLOW = 50;

export const connection: Check = {
  id: 'connection',
  title: 'Connection',
  needs: 'nothing',
  // Longer than the time that the URL gives each of a few hosts.
  timeLimit: 30_000,
  async run({ target, reader }) {
    if (!target) return unknown('The embedded Postgres is not running.', 'Start it: `migrator db up`.');
    const { login, latency } = await reader.connect();
    const message = `${describeTarget(target)} answers in ${latency.toFixed(1)} ms; the log-in took ${login.toFixed(0)} ms.`;
    return latency < SLOW
      ? ok(message)
      : warn(message, 'Run migrations nearer to the server: in its region, or on a machine beside it.');
  },
};
