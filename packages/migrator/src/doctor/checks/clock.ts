import { sqlstate } from '../../database/history.js';
import { readFolder } from '../../folder/read-folder.js';
import { quoteName } from '../../sql/quote.js';
import { type Check, type CheckOutcome, ok, type Patient, unknown, warn } from '../types.js';

/** Milliseconds that clocks may be apart. */
const APART = 5000;

export const clock: Check = {
  id: 'clock',
  title: 'Clocks',
  needs: 'database',
  async run(patient) {
    const before = patient.now();
    const [row] = await patient.reader.rows<{ time: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as time',
    );
    const here = (before + patient.now()) / 2;
    return judgeClocks({
      here,
      server: Number(row?.time),
      journal: newestWhen(patient),
      applied: await newestApplied(patient),
    });
  },
};

/** All in milliseconds since 1970. */
export interface Clocks {
  readonly here: number;
  readonly server: number;
  /** Newest `when` of the journal; undefined where there is none. */
  readonly journal: number | undefined;
  /** Newest `created_at` of the tracking table; hidden from a role that may not read it. */
  readonly applied: number | 'hidden' | undefined;
}

/** What to say of the clocks. Pure. */
export function judgeClocks({ here, server, journal, applied }: Clocks): CheckOutcome {
  const apart = here - server;
  const seconds = Math.round(Math.abs(apart) / 1000);
  const ahead = (time: number | 'hidden' | undefined): time is number =>
    typeof time === 'number' && time > Math.max(here, server) + APART;
  if (ahead(journal) || ahead(applied)) {
    const [what, time] = ahead(applied) ? ['row of the tracking table', applied] : ['migration', Number(journal)];
    return warn(
      `The newest ${what} is stamped ${new Date(time).toISOString()}, which lies ahead: drizzle-kit skips every migration that is generated until then.`,
      ahead(applied)
        ? '`migrator generate` stamps what is new behind it; where colleagues use drizzle-kit, run `migrator repair`.'
        : 'Run `migrator repair`.',
    );
  }
  if (Math.abs(apart) > APART) {
    return warn(
      `The clock of this machine is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} the server's: migrations of two machines are stamped in another order than they were made.`,
      'Let both get their time from the network: `timedatectl set-ntp true`.',
    );
  }
  if (applied === 'hidden') {
    return unknown(
      'The clocks agree, but the role may not read the tracking table: whether one of its stamps lies ahead is not known.',
      'See the check of privileges.',
    );
  }
  return ok(
    `This machine and the server are ${Math.abs(apart) < 1000 ? 'less than 1' : seconds} s apart; no stamp lies ahead.`,
  );
}

function newestWhen({ migrationsFolder, relativeTo, now }: Patient): number | undefined {
  try {
    const { migrations } = readFolder(migrationsFolder, { relativeTo, now: now(), snapshots: false });
    return migrations.length === 0 ? undefined : Math.max(...migrations.map(({ when }) => when));
  } catch {
    // The check of the folder says what is wrong with it.
    return undefined;
  }
}

async function newestApplied({ reader, tracking }: Patient): Promise<Clocks['applied']> {
  try {
    const [row] = await reader.rows<{ newest: string | null }>(
      `select max(created_at)::text as newest from ${quoteName(tracking.schema, tracking.table)}`,
    );
    return typeof row?.newest === 'string' ? Number(row.newest) : undefined;
  } catch (error) {
    // Nobody has migrated yet.
    if (['42P01', '3F000'].includes(sqlstate(error))) return undefined;
    if (sqlstate(error) === '42501') return 'hidden';
    throw error;
  }
}
