import { beforeAll, expect, test } from 'vitest';
import { loadParser } from './parse.js';
import { sessionEffect } from './session-state.js';
import { splitStatements } from './split.js';

beforeAll(loadParser);

test.each([
  ['set search_path to a', 'setting'],
  ['set session characteristics as transaction read only', 'setting'],
  ['set role a', 'setting'],
  ['set session authorization a', 'setting'],
  ['reset all', 'setting'],
  ['discard all', 'setting'],
  [`select pg_catalog.set_config('search_path', '', false)`, 'setting'],
  [`select set_config('a.b', 'c', true)`, undefined],
  ['set local search_path to a', undefined],
  ['set transaction isolation level serializable', undefined],
  ['create temp table a (b int)', 'object'],
  ['create temporary view a as select 1', 'object'],
  ['create temp sequence a', 'object'],
  ['create temp table a as select 1', 'object'],
  ['prepare a as select 1', 'object'],
  ['listen a', 'object'],
  ['select pg_advisory_lock(1)', 'object'],
  ['select pg_advisory_xact_lock(1)', undefined],
  ['create table a (b int)', undefined],
  ['create unlogged table a (b int)', undefined],
  ['select 1 into a', undefined],
  ['select 1 into temp a', 'object'],
])('%s: %s', (sql, effect) => {
  expect(splitStatements(sql).map(sessionEffect)).toEqual([effect]);
});
