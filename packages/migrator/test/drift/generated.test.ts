import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drift } from '../../src/api/drift.js';
import { migrate } from '../../src/api/migrate.js';
import { diffSnapshots } from '../../src/generate/diff.js';
import { EMPTY_SNAPSHOT } from '../../src/generate/snapshot.js';
import { loadParser } from '../../src/sql/parse.js';
import { startProxy } from '../faults/proxy.js';
import { snapshot } from '../generate/proving.js';
import { exportsOf, type Model, pair } from '../generate/random-schema.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { drizzleKitMigrate } from '../setup/drizzle-kit.js';
import { makeProject } from '../setup/project.js';
import { told } from './harness.js';

const SEED = Number(process.env.MIGRATOR_PROPERTY_SEED ?? 11);
const RUNS = 12;
const BREAKPOINT = ';\n--> statement-breakpoint\n';

/** Roles are the server's, which other tests use. */
function withoutRoles(model: Model): Model {
  return {
    ...model,
    roles: [],
    tables: model.tables.map((table) => ({
      ...table,
      policies: table.policies.map((policy) => ({ ...policy, to: null })),
    })),
  };
}

test(`${RUNS} histories that generate makes leave no drift, whoever applies them`, {
  timeout: RUNS * 20_000,
}, async () => {
  console.info(`generated histories: seed ${SEED}`);
  await loadParser();
  await fc.assert(
    fc.asyncProperty(pair, fc.boolean(), async ([a, b], byDrizzleKit) => {
      const [first, second] = [await snapshot(exportsOf(withoutRoles(a))), await snapshot(exportsOf(withoutRoles(b)))];
      const history = [diffSnapshots(EMPTY_SNAPSHOT, first), diffSnapshots(first, second)]
        .map((operations) => operations.map(({ sql }) => sql.replace(/;\s*$/, '')).join(BREAKPOINT))
        .filter((text) => text !== '');
      const database = await createDatabase();
      const project = makeProject(
        database,
        history.map((sql, n) => ({ tag: `000${n}_part`, sql: `${sql};` })),
      );
      if (byDrizzleKit) await drizzleKitMigrate(project.migrationsFolder, database.url);
      else await migrate(project);
      expect(told(await drift(project, { scratchUrl: serverUrl(), owners: true, grants: true }))).toEqual([]);
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  );
});

test('the number of queries does not grow with the number of tables', async () => {
  const queriesFor = async (tables: number): Promise<number> => {
    const database = await createDatabase();
    const sql = Array.from(
      { length: tables },
      (_, n) =>
        `create table t_${n} (id int primary key, name text not null, a int references t_${Math.max(0, n - 1)} (id)); create index on t_${n} (name); create view v_${n} as select name from t_${n};`,
    );
    const project = makeProject(database, { '0000_tables': sql.join('\n') });
    await migrate(project);
    await database.query(`drop view v_0; alter table t_1 alter name drop not null`);
    const { hostname, port } = new URL(database.url);
    const proxy = await startProxy({ host: hostname, port: Number(port) }, () => true);
    const through = new URL(database.url);
    through.port = String(proxy.port);
    try {
      const report = await drift({ ...project, database: through.href }, { scratchUrl: serverUrl() });
      expect(told(report)).toEqual(['changed column:public.t_1.name', 'missing view:public.v_0']);
      return proxy.answers();
    } finally {
      await proxy.close();
    }
  };
  const few = await queriesFor(2);
  expect(few).toBeGreaterThan(20);
  expect(await queriesFor(60)).toBe(few);
}, 60_000);
