import { type Check, ok, unknown, warn } from '../types.js';

/** Seconds that a standby may be behind. */
const LAG = 30;
/** Bytes of the log that a slot may keep. */
const KEPT = 1024 ** 3;

interface Standby extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly state: string | null;
  readonly lag: number | null;
  readonly synchronous: boolean;
}

export const replication: Check = {
  id: 'replication',
  title: 'Replication',
  needs: 'database',
  async run({ reader }) {
    const [self] = await reader.rows<{ standby: boolean; lag: number | null; names: string }>(
      `select pg_is_in_recovery() as standby, current_setting('synchronous_standby_names') as names,
         extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 as lag`,
    );
    if (self?.standby) {
      return warn(
        `This server is a standby${self.lag === null ? '' : `, whose last transaction is ${Math.round(self.lag)} s old`}.`,
        'Give the URL of the primary: migrations are written there.',
      );
    }
    const standbys = await reader.rows<Standby>(
      `select coalesce(nullif(application_name, ''), 'pid ' || pid) as name, state, extract(epoch from replay_lag)::float8 as lag,
         sync_state in ('sync', 'quorum') as synchronous from pg_stat_replication where state is distinct from 'backup' order by 1`,
    );
    const slots = await reader.rows<{ name: string; active: boolean; kept: string | null }>(
      `select slot_name::text as name, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text as kept
       from pg_replication_slots where database is null or database = current_database() order by 1`,
    );
    if (
      self?.names &&
      !standbys.some(({ synchronous }) => synchronous) &&
      standbys.every(({ state }) => state !== null)
    ) {
      return warn(
        `Every commit waits for a synchronous standby (\`synchronous_standby_names = ${self.names}\`), and none is connected.`,
        'Start the standby, or `alter system reset synchronous_standby_names` and `select pg_reload_conf()`.',
      );
    }
    const behind = standbys.filter(({ lag }) => lag !== null && lag > LAG);
    if (behind.length > 0) {
      return warn(
        `${behind.length === 1 ? 'A standby is' : `${behind.length} standbys are`} behind: readers there see the schema change late, and a lock that a migration takes stops them.`,
        'Wait until they have caught up before a migration that writes many rows.',
        behind.map(({ name, lag }) => `${name}: ${Math.round(lag ?? 0)} s`),
      );
    }
    const idle = slots.filter(({ active, kept }) => !active && Number(kept) > KEPT);
    const [first] = idle;
    if (first) {
      return warn(
        'A replication slot that nobody reads keeps the log: a migration that writes much may fill the disk.',
        `Start its reader again, or \`select pg_drop_replication_slot('${first.name}')\`.`,
        idle.map(({ name, kept }) => `${name}: ${(Number(kept) / KEPT).toFixed(1)} GB`),
      );
    }
    if (standbys.some(({ state }) => state === null)) {
      return unknown(
        'There are standbys, and the role may not see how far they are.',
        'Let a superuser run `grant pg_monitor to <role>`.',
      );
    }
    if (standbys.length === 0) return ok('No standby is connected.');
    return ok(
      `${standbys.length === 1 ? 'The standby is' : `All ${standbys.length} standbys are`} at most ${LAG} s behind.`,
    );
  },
};
