import { test } from 'vitest';
import { runWasmPgDump } from '../../src/backup/wasm-pg-dump.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { createDatabase } from '../setup/database.js';
test('x', async () => {
  const db = await createDatabase();
  await db.query(`create table songs (id serial primary key, t text); create view v as select * from songs; create function f() returns int language sql as 'select 1'; select lo_from_bytea(0, 'abc')`);
  const s = await Session.open(readTarget({url: db.url}), {applicationName: 'x'});
  const t = performance.now();
  console.log(await runWasmPgDump(s, ['-d', db.name, '--section=pre-data', '--no-blobs']));
  console.log(performance.now() - t);
  await s.close();
});
