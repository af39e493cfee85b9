import { expect, test } from 'vitest';
import { tagPrefixes } from './tags.js';

const now = Date.parse('2026-11-23T05:00:00.250Z');
const two = [{ idx: 7 }, { idx: 8 }];

test.each([
  ['index', ['0006_a'], ['0007', '0008']],
  ['timestamp', [], ['20261123050000', '20261123050001']],
  ['timestamp', ['20261123045959_a', '0006_b'], ['20261123050000', '20261123050001']],
  ['timestamp', ['20261123050000_a'], ['20261123050001', '20261123050002']],
  ['supabase', ['20261123050007_a', '20261123050003_b'], ['20261123050008', '20261123050009']],
  ['unix', ['1795410000_a', '20991123050007_b'], ['1795410001', '1795410002']],
  ['none', ['a'], ['', '']],
] as const)('%s behind %j: %j', (kind, tags, expected) => {
  expect(tagPrefixes(kind, two, { tags, now })).toEqual(expected);
});
