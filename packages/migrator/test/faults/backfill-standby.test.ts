import { expect, test } from 'vitest';
import { type MigrateOptions, migrate } from '../../src/api/migrate.js';
import type { MigrationEvent } from '../../src/core/types.js';
import { query } from '../setup/database.js';
import { makeProject } from '../setup/project.js';
import { startPair } from '../setup/standby.js';
import { openSession } from './harness.js';

/** Slow enough that the run looks at the server again while the standby falls behind. */
const FILES = {
  '0000_songs':
    'create table songs (id int primary key, n int not null default 0); insert into songs select generate_series(1, 300);',
  '0001_slow': '-- migrator: backfill batch=20\nupdate songs set n = n + 1 where pg_sleep(0.01) is not null;',
};

async function run(url: string, options: MigrateOptions & { readonly on?: (event: MigrationEvent) => void }) {
  const { on, ...rest } = options;
  const events: MigrationEvent[] = [];
  const { root, ...project } = makeProject({ url }, FILES);
  const { done } = await migrate(project, {
    ...rest,
    onEvent: (event) => {
      events.push(event);
      on?.(event);
    },
  });
  expect(done).toHaveLength(2);
  return events;
}

test('a standby that falls behind is waited for; a role that may not see it is told', async () => {
  const { primary, standby } = await startPair();
  // It tells what it has replayed when it receives something, and in between.
  await query(standby, `alter system set wal_receiver_status_interval = '1s'`);
  await query(standby, 'select pg_reload_conf()');
  await query(standby, 'select pg_wal_replay_pause()');
  const events = await run(primary, {
    backfill: { maxLagMs: 500 },
    on: ({ type }) => void (type === 'backfill-paused' && query(standby, 'select pg_wal_replay_resume()')),
  });
  expect(events).toContainEqual(
    expect.objectContaining({
      ...{ type: 'backfill-paused', tag: '0001_slow', reason: 'replication-lag' },
      message: expect.stringMatching(/^the standby second is \d+ s behind$/),
    }),
  );
  expect(events.map(({ type }) => type)).toContain('backfill-resumed');
  expect(events.filter(({ type }) => type === 'notice')).toEqual([]);

  await query(primary, `create role low login password 'low'`);
  await query(primary, 'create database theirs owner low');
  const url = Object.assign(new URL(primary), { pathname: '/theirs', username: 'low', password: 'low' }).href;
  await openSession(Object.assign(new URL(primary), { pathname: '/theirs' }).href);
  const notices = (await run(url, {})).filter(({ type }) => type === 'notice');
  expect(notices).toEqual([
    {
      ...{ type: 'notice', severity: 'WARNING' },
      message:
        '0001_slow: this role may not see how far standbys are behind and for how long transactions of other roles are open, so that the backfill does not give way to them. `grant pg_monitor` to it shows them.',
    },
  ]);
});
