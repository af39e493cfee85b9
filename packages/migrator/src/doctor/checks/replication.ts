import { type Check, type CheckOutcome, ok, unknown, warn } from '../types.js';

const GB = 1024 ** 3;

export interface ReplicationLimits {
  /** Seconds that a standby may be behind. */
  readonly lag: number;
  /** Bytes that it may be behind, where the server knows no time, as while it catches up after a pause. */
  readonly unseen: number;
  /** Bytes of the log that a standby may be behind, or that a slot nobody reads may keep. */
  readonly kept: number;
}

export const replication: Check = replicationWithin({ lag: 30, unseen: 64 * 1024 ** 2, kept: GB });

interface Self extends Readonly<Record<string, unknown>> {
  readonly standby: boolean;
  /** Seconds since the last transaction that it has replayed. */
  readonly age: number | null;
  readonly names: string;
}

interface Standby extends Readonly<Record<string, unknown>> {
  readonly name: string;
  /** Null where the role may not see it. */
  readonly state: string | null;
  readonly lag: number | null;
  readonly behind: string | null;
  readonly synchronous: boolean | null;
}

interface Slot extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly active: boolean;
  readonly kept: string | null;
}

/** The check for standbys and slots that are further behind than the limits. */
export function replicationWithin(limits: ReplicationLimits): Check {
  return {
    id: 'replication',
    title: 'Replication',
    needs: 'database',
    async run({ reader }) {
      const [self] = await reader.rows<Self>(
        `select pg_is_in_recovery() as standby, current_setting('synchronous_standby_names') as names,
           extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 as age`,
      );
      if (self?.standby) {
        return warn(
          `This server is a standby${self.age === null ? '' : `, whose last transaction is ${Math.round(self.age)} s old`}.`,
          'Give the URL of the primary: migrations are written there.',
        );
      }
      const standbys = await reader.rows<Standby>(
        `select coalesce(nullif(application_name, ''), 'pid ' || pid) as name, state, extract(epoch from replay_lag)::float8 as lag,
           pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::text as behind, sync_state in ('sync', 'quorum') as synchronous
         from pg_stat_replication where state is distinct from 'backup' order by 1`,
      );
      // A slot of any database keeps the log of all of them.
      const slots = await reader.rows<Slot>(
        `select slot_name::text as name, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text as kept
         from pg_replication_slots order by 1`,
      );
      return judge({ names: self?.names ?? '', standbys, slots, limits });
    },
  };
}

function judge({
  names,
  standbys,
  slots,
  limits,
}: {
  readonly names: string;
  readonly standbys: readonly Standby[];
  readonly slots: readonly Slot[];
  readonly limits: ReplicationLimits;
}): CheckOutcome {
  const hidden = standbys.some(({ state }) => state === null);
  if (names && !hidden && !standbys.some(({ synchronous }) => synchronous)) {
    return warn(
      `Every commit waits for a synchronous standby (\`synchronous_standby_names = ${names}\`), and none is connected.`,
      'Start the standby, or `alter system reset synchronous_standby_names` and `select pg_reload_conf()`.',
    );
  }
  const behind = standbys.filter(
    ({ lag, behind: bytes }) =>
      Number(lag) > limits.lag || Number(bytes) > (lag === null ? limits.unseen : limits.kept),
  );
  if (behind.length > 0) {
    return warn(
      `${behind.length === 1 ? 'A standby is' : `${behind.length} standbys are`} behind: readers there see the schema change late, and a lock that a migration takes stops them.`,
      'Wait until they have caught up before a migration that writes many rows; one that is paused goes on with `select pg_wal_replay_resume()` there.',
      behind.map(
        ({ name, lag, behind: bytes }) => `${name}: ${lag === null ? '' : `${Math.round(lag)} s, `}${inGb(bytes)}`,
      ),
    );
  }
  const idle = slots.filter(({ active, kept }) => !active && Number(kept) > limits.kept);
  const [first] = idle;
  if (first) {
    return warn(
      'A replication slot that nobody reads keeps the log: a migration that writes much may fill the disk.',
      `Start its reader again, or \`select pg_drop_replication_slot('${first.name}')\`.`,
      idle.map(({ name, kept }) => `${name}: ${inGb(kept)}`),
    );
  }
  if (hidden) {
    return unknown(
      'There are standbys, and the role may not see how far they are.',
      'Let a superuser run `grant pg_monitor to <role>`.',
    );
  }
  if (standbys.length === 0) return ok('No standby is connected.');
  return ok(
    `${standbys.length === 1 ? 'The standby is' : `All ${standbys.length} standbys are`} at most ${limits.lag} s behind.`,
  );
}

function inGb(bytes: string | null): string {
  return `${(Number(bytes) / GB).toFixed(1)} GB`;
}
