import { expect, test } from 'vitest';
import { isLeftover, makeScratchName, withDatabase } from './names.js';

test.each([
  ['postgresql://me:pw@host:5432/app', 'postgresql://me:pw@host:5432/new'],
  ['postgresql://me:pw@host', 'postgresql://me:pw@host/new'],
  ['postgres://h1:1,h2:2/app?sslmode=require', 'postgres://h1:1,h2:2/new?sslmode=require'],
  ['postgres://host?sslmode=require', 'postgres://host/new?sslmode=require'],
  ['postgresql:///app?host=/var/run', 'postgresql:///new?host=/var/run'],
  ['postgresql://host/?dbname=app&user=me', 'postgresql://host/new?user=me'],
])('%s for another database', (url, other) => {
  expect(withDatabase(url, 'new')).toBe(other);
});

test.each([
  ['a fresh one', makeScratchName(), false],
  ['one of yesterday', makeScratchName(Date.now() - 90_000_000), true],
  ['one of another clock, ahead of ours', makeScratchName(Date.now() + 90_000_000), false],
  ['a database of that name without a time', 'migrator_scratch_x', false],
  ["somebody's", 'melodia', false],
])('a leftover: %s', (_, name, expected) => {
  expect(isLeftover(name)).toBe(expected);
  expect(name.length).toBeLessThan(64);
});
