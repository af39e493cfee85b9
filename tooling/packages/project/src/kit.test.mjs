import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usersTable } from '@melodia/db/schema';
import { createTestDatabase } from '@melodia/db/testing';

test('a database of its own', async () => {
  const { db, drop } = await createTestDatabase();
  await db.insert(usersTable).values({ email: 'ada@example.com', password_hash: 'x' });
  assert.equal((await db.select().from(usersTable)).length, 1);
  await drop();
});
