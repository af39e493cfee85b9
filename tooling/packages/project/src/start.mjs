// The start of an application: nothing is served from a database that lacks what the types need.
import { createClient } from '@melodia/db/client';
import { assertCompatible } from '@melodia/db/compatibility';
import { songsTable } from '@melodia/db/schema';

const { db, close } = createClient({ app: { name: 'other', version: '1.0.0' } });
try {
  await assertCompatible(db);
  console.log(`${(await db.select().from(songsTable)).length} songs`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
await close();
