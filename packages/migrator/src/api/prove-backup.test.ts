import { expect, test } from 'vitest';
import type { Manifest } from '../backup/types.js';
import { TOOL } from '../backup/write.js';
import type { CatalogDifference, CatalogObject } from '../catalog/index.js';
import { refusing } from './prove-backup.js';

const difference = (change: CatalogDifference['change'], kind: CatalogDifference['kind']): CatalogDifference => ({
  key: `${kind}:${change}`,
  kind,
  name: 'it',
  change,
});
const differences = [
  difference('missing', 'table'),
  difference('changed', 'table'),
  difference('unexpected', 'table'),
  // Of this kind the backup knows nothing.
  difference('unexpected', 'publication'),
];
const catalog = new Map([['table:songs', { kind: 'table' } as CatalogObject]]);
const backupOf = (major: number, tool: string) => ({
  manifest: { tool, server: { major } } as Manifest,
  catalog,
});

test.each([
  ['as it was dumped', 18, TOOL, ['table:missing', 'table:changed', 'table:unexpected', 'publication:unexpected']],
  ['of another version of Postgres', 15, TOOL, ['table:missing', 'table:unexpected', 'publication:unexpected']],
  ['of another release of ours', 18, '@melodia/migrator 0.0.0-before', ['table:missing', 'table:unexpected']],
])('what refuses a backup %s', (_, major, tool, keys) => {
  expect(refusing(differences, backupOf(major, tool), 18).map(({ key }) => key)).toEqual(keys);
});
