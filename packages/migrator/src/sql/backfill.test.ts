import { beforeAll, describe, expect, test } from 'vitest';
import { readBackfill } from './backfill.js';
import { readDirectives } from './directives.js';
import { loadParser } from './parse.js';
import { splitStatements } from './split.js';

beforeAll(loadParser);

function read(sql: string) {
  const text = `-- migrator: backfill\n${sql}`;
  return readBackfill(splitStatements(text), readDirectives(text).backfill ?? {});
}

function batchOf(sql: string): string {
  const backfill = read(sql);
  if ('fault' in backfill) throw new Error(backfill.fault);
  return `${backfill.before}${backfill.alias}.id > 1${backfill.after}`;
}

describe('the condition of a batch', () => {
  test.each([
    ['update songs set a = 1;', 'update songs set a = 1 where (songs.id > 1)'],
    ['update only public.songs as s set a = 1', 'update only public.songs as s set a = 1 where (s.id > 1)'],
    [
      'update songs s set a = 1 where b or c returning s.id -- ids',
      'update songs s set a = 1 where (b or c) and (s.id > 1) returning s.id',
    ],
    [
      'update songs s set a = 1 where b -- why\n  and c -- because\n',
      'update songs s set a = 1 where (b -- why\n  and c) and (s.id > 1)',
    ],
    [
      'update songs s set a = u.a from users u where u.id = s.by',
      'update songs s set a = u.a from users u where (u.id = s.by) and (s.id > 1)',
    ],
    ['with w as (select id from users where x returning) update songs s set a = 1', undefined],
    [
      'with w as (select id from users where x) update songs s set a = 1 from w where w.id = s.by',
      'with w as (select id from users where x) update songs s set a = 1 from w where (w.id = s.by) and (s.id > 1)',
    ],
    [
      'update songs s set a = s.where where s.returning = 1',
      'update songs s set a = s.where where (s.returning = 1) and (s.id > 1)',
    ],
    [
      `update songs s set a = 'where' where "returning" = $$where$$`,
      `update songs s set a = 'where' where ("returning" = $$where$$) and (s.id > 1)`,
    ],
    [
      'delete from songs using users u where u.id = songs.by',
      'delete from songs using users u where (u.id = songs.by) and (songs.id > 1)',
    ],
    [
      'insert into plays (song) select s.id as where from songs s join users u on u.id = s.by on conflict (song) where x do update set n = 1 where plays.n = 0 returning n',
      'insert into plays (song) select s.id as where from songs s join users u on u.id = s.by where (s.id > 1) on conflict (song) where x do update set n = 1 where plays.n = 0 returning n',
    ],
    [
      'insert into plays select id from songs where a order by id',
      'insert into plays select id from songs where (a) and (songs.id > 1) order by id',
    ],
    [
      'update songs set a = (select max(b) from users where users.id = songs.by)',
      'update songs set a = (select max(b) from users where users.id = songs.by) where (songs.id > 1)',
    ],
    [
      'update songs s set rank = r.rank from (select id, row_number() over (order by title) as rank from songs) r where r.id = s.id',
      'update songs s set rank = r.rank from (select id, row_number() over (order by title) as rank from songs) r where (r.id = s.id) and (s.id > 1)',
    ],
    ['update "Lieder" set "ä" = \'ö\' where "ü"', 'update "Lieder" set "ä" = \'ö\' where ("ü") and (Lieder.id > 1)'],
  ])('%s', (sql, batch) => {
    if (batch === undefined) expect(read(sql)).toHaveProperty('fault');
    else expect(batchOf(sql)).toBe(batch);
  });
});

describe('what no batches can do', () => {
  test.each([
    ['', 'it has no statement'],
    ['update a set b = 1; update c set d = 1', 'it has 2 statements'],
    ['create table a ()', 'its statement is a Create statement'],
    ['update a set b = 1 where current of c', 'it goes by a cursor (WHERE CURRENT OF)'],
    [
      'with d as (delete from x returning *) update a set b = 1 from d',
      'a part of its WITH writes, which would happen with each batch',
    ],
    [
      'delete from a using a o where o.id < a.id',
      'it reads `a` while it changes it: a later batch would see what an earlier one has done',
    ],
    [
      'update a set n = (select max(n) from a) + 1',
      'it reads `a` while it changes it: a later batch would see what an earlier one has done',
    ],
    [
      'update a set n = o.n from a o where o.id = a.up',
      'it reads `a` while it changes it: a later batch would see what an earlier one has done',
    ],
    ['insert into a values (1)', 'its INSERT selects from no table'],
    ['insert into a select 1', 'its INSERT selects from no table'],
    [
      'insert into a select distinct b from c',
      'its SELECT has DISTINCT, which would be worked out for each batch by itself',
    ],
    [
      'insert into a select b from c group by b',
      'its SELECT has GROUP BY or HAVING, which would be worked out for each batch by itself',
    ],
    [
      'insert into a select b from c limit 3',
      'its SELECT has LIMIT or OFFSET, which would be worked out for each batch by itself',
    ],
    [
      'insert into a select b from c union select d from e',
      'its SELECT has a UNION, INTERSECT or EXCEPT, which would be worked out for each batch by itself',
    ],
    [
      'insert into a select row_number() over () from c',
      'its SELECT has a window function, which would be worked out for each batch by itself',
    ],
    [
      'insert into a select b from c right join d on true',
      'the first in its FROM is no table of which each row comes once',
    ],
    ['insert into a select b from (select 1 as b) c', 'the first in its FROM is no table of which each row comes once'],
    [
      'insert into a select b from a where not exists (select from a x where x.b = a.b)',
      'it reads `a` more than once while it inserts into it',
    ],
    ['insert into a (select b from c)', 'no place for the condition of a batch could be found in its statement'],
  ])('%s', (sql, fault) => {
    expect(read(sql)).toMatchObject({ fault });
  });

  test('a key that the statement itself changes', () => {
    const sql = '-- migrator: backfill key=id\nupdate a set id = id + 1';
    expect(readBackfill(splitStatements(sql), readDirectives(sql).backfill ?? {})).toMatchObject({
      fault: 'it changes `id`, a column of the key that its batches go along',
    });
  });
});

test.each([
  ['backfill', {}],
  ['backfill key=id batch=500', { key: ['id'], batch: 500 }],
  ['backfill batch=500 key="Tenant", id', { key: ['Tenant', 'id'], batch: 500 }],
  ['backfill batch=0', { unknown: 'batch=0' }],
  ['backfill size=10', { unknown: 'size=10' }],
  ['backfill key=', { unknown: 'key=' }],
])('-- migrator: %s', (words, directive) => {
  expect(readDirectives(`-- migrator: ${words}\nselect 1`).backfill).toEqual(directive);
});
