import { expect, test } from 'vitest';
import { fitsFilter } from './name-filter.js';

test.each<[string, string[], boolean]>([
  ['songs', [], true],
  ['songs', ['songs'], true],
  ['songs', ['song'], false],
  ['app_songs', ['app_*'], true],
  ['application', ['app_*'], false],
  ['songs', ['!spatial_ref_sys'], true],
  ['spatial_ref_sys', ['!spatial_ref_sys'], false],
  ['app_tmp', ['app_*', '!*_tmp'], false],
  ['app_songs', ['app_*', '!*_tmp'], true],
  ['other', ['app_*', '!*_tmp'], true],
  ['pg_stat', ['!(pg_*|geo*)'], false],
  ['songs', ['!(pg_*|geo*)'], true],
  ['app_a', ['{app,web}_?'], true],
  ['web_ab', ['{app,web}_?'], false],
  ['t1', ['t[0-9]'], true],
  ['tx', ['t[!0-9]'], true],
  ['t1', ['t[!0-9]'], false],
  ['aab', ['+(a)b'], true],
  ['a.b', ['a.b'], true],
  ['axb', ['a.b'], false],
  ['Ünïcode 名', ['Ünïcode*'], true],
  ['a*b', ['a\\*b'], true],
  ['axb', ['a\\*b'], false],
  ['(', ['('], true],
])('%s of %j: %s', (name, patterns, fits) => {
  expect(fitsFilter(name, patterns)).toBe(fits);
});
