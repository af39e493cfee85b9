import { describe, expect, onTestFinished, test } from 'vitest';
import { type Catalog, compareCatalogs, readCatalog } from '../../src/catalog/index.js';
import { statementsBetween } from '../../src/catalog-sql/index.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { createDatabase } from '../setup/database.js';
import { CASES } from './catalog-cases.js';

const EVERYTHING = { dependencies: true, comments: true, owners: true, grants: true };

async function openDatabase() {
  const database = await createDatabase();
  const session = await Session.open(readTarget({ url: database.url }, {}), { applicationName: 'migrator test' });
  onTestFinished(() => session.close());
  const read = () => readCatalog(session, EVERYTHING);
  /** Turns what is there into `to`, each statement by itself, as psql would. */
  const become = async (to: Catalog) => {
    const { statements, impossible } = statementsBetween(await read(), to, { grants: true });
    for (const { sql } of statements) {
      await session.run(sql).catch((error: Error) => {
        throw new Error(`${error.message}\nin: ${sql}\nof:\n${statements.map((each) => each.sql).join(';\n')}`);
      });
    }
    const hopeless = new Set(impossible.map(({ key }) => key));
    expect(compareCatalogs(to, await read()).filter(({ key }) => !hopeless.has(key))).toEqual([]);
    return impossible;
  };
  return { session, read, become };
}

describe('a change made by hand is undone, and made again', () => {
  test.each(CASES)('$name', async ({ name, make, change }) => {
    const { session, read, become } = await openDatabase();
    await session.run(make);
    const before = await read();
    await session.run(change);
    const after = await read();
    expect(await become(before)).toEqual([]);
    expect(await become(after)).toEqual(
      name === 'an index that is not valid'
        ? [{ key: 'index:public.doubled_a', why: 'INVALID is what a failed build leaves; it cannot be asked for.' }]
        : [],
    );
  });
});

test('a whole database is made from nothing', async () => {
  const { session, read } = await openDatabase();
  for (const { make } of CASES) await session.run(make);
  const all = await read();
  const copy = await openDatabase();
  const nothing = await copy.read();
  await copy.become(all);
  await copy.become(nothing);
});
