import { onTestFinished } from 'vitest';
import { type DriftOptions, type DriftReport, drift } from '../../src/api/drift.js';
import { migrate } from '../../src/api/migrate.js';
import { Session } from '../../src/database/session.js';
import { readTarget } from '../../src/database/target.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { makeProject } from '../setup/project.js';

type History = Readonly<Record<string, string>>;

/** A database that a history was applied to, with the scratch database on the same server. */
export async function migrated(history: History) {
  const database = await createDatabase();
  const project = makeProject(database, history);
  await migrate(project);
  const session = await Session.open(readTarget({ url: database.url }, {}), { applicationName: 'migrator test' });
  onTestFinished(() => session.close());
  const look = (options: DriftOptions = {}) => drift(project, { scratchUrl: serverUrl(), ...options });
  /** Each statement by itself, as psql would. */
  const run = async (statements: readonly string[]) => {
    for (const sql of statements) {
      await session.run(sql).catch((error: Error) => {
        throw new Error(`${error.message}\nin: ${sql}\nof:\n${statements.join(';\n')}`);
      });
    }
  };
  return { database, project, session, look, run };
}

/** `changed column:public.songs.title`. */
export function told({ differences }: DriftReport): string[] {
  return differences.map(({ change, key }) => `${change} ${key}`);
}
