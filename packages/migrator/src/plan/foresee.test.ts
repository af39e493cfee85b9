import { beforeAll, describe, expect, test } from 'vitest';
import type { MigrationStatus } from '../core/types.js';
import { loadParser } from '../sql/parse.js';
import { comingStatements, foreseenFindings } from './foreseen-findings.js';
import { statementFindings } from './statement-findings.js';

beforeAll(() => loadParser());

const pending = (...files: string[]): MigrationStatus[] =>
  files.map((sql, position) => ({
    state: 'pending',
    migration: {
      tag: `000${position}_m`,
      position,
      idx: position,
      when: position,
      path: `m${position}.sql`,
      file: { sql, hash: sql },
    },
  }));

const THERE = {
  path: ['public'],
  relations: [
    { schema: 'public', name: 'songs', of: null, columns: ['id', 'title'] },
    { schema: 'public', name: 'by_title', of: 'songs', columns: ['title'] },
    { schema: 'app', name: 'plays', of: null, columns: ['id'] },
  ],
  types: [{ schema: 'public', name: 'mood' }],
};

const told = (...files: string[]) =>
  foreseenFindings(comingStatements(pending(...files)), THERE).map(({ code, message }) => `${code} ${message}`);

describe('the first statement that Postgres will refuse', () => {
  test.each([
    ['create table songs (id int);', 'table songs'],
    ['create table public.songs (id int);', 'table public.songs'],
    ['alter table songs add column title text;', 'column songs.title'],
    [`create type mood as enum ('a');`, 'type mood'],
    ['create index by_title on songs (title);', 'index by_title'],
    ['alter table songs add column a int; alter table songs add column a int;', 'column songs.a'],
    ['alter table songs rename to tunes; create table tunes (id int);', 'table tunes'],
  ])('%s: taken', (sql, what) => {
    expect(told(sql)).toEqual([
      `already-there \`0000_m\` is to be applied, but the ${what} that it makes is there already.`,
    ]);
  });

  test.each([
    ['alter table plays add column a int;', 'table plays'],
    ['create table likes (song int references tunes (id));', 'table tunes'],
    ['insert into likes values (1);', 'table likes'],
    ['drop table songs; create index i on songs (id);', 'table songs'],
    ['alter table songs drop column likes;', 'column songs.likes'],
  ])('%s: missing', (sql, what) => {
    expect(told(sql)).toEqual([`not-there \`0000_m\` is to be applied, but there is no ${what}, which it needs.`]);
  });

  test.each([
    'create table if not exists songs (id int);',
    'create table app.songs (id int); alter table app.plays add column a int;',
    'drop table songs; create table songs (id int); create index by_title on songs (id);',
    'alter table songs drop column title; alter table songs add column title text; create index by_title on songs (title);',
    'create table tree (id int primary key, parent int references tree (id));',
    'alter table songs rename column title to name; alter table songs add column title text;',
    'drop type mood; create type mood as enum ();',
    'do $$ begin drop table songs; end $$; create table songs (id int);',
    'set search_path to app; alter table plays add column a int;',
    'drop table songs cascade; create table songs (id int);',
    'select f(); create table songs (id int);',
    'create temporary table songs (id int);',
  ])('%s: nothing to say', (sql) => {
    expect(told(sql)).toEqual([]);
  });

  test('files are followed one after the other', () => {
    expect(told('create table likes (id int);', 'alter table likes add column id int;')).toEqual([
      'already-there `0001_m` is to be applied, but the column likes.id that it makes is there already.',
    ]);
  });
});

describe('statements that reach beyond the schema', () => {
  const found = (sql: string) =>
    statementFindings(
      pending(sql).map(({ migration }) => migration),
      { schema: 'drizzle', table: '__drizzle_migrations' },
    ).map(({ code, at, message }) => `${code} ${at?.line}: ${message}`);

  test.each([
    [
      'select 1;\ndelete from drizzle.__drizzle_migrations where id = 1;',
      'touches-tracking 2: `0000_m` touches the tracking table drizzle.__drizzle_migrations.',
    ],
    [
      `do $$ begin delete from drizzle.__drizzle_migrations; end $$;`,
      'touches-tracking 1: `0000_m` touches the tracking table drizzle.__drizzle_migrations.',
    ],
    [
      'create role app;',
      'server-wide-object 1: `0000_m` makes a role, which belongs to the whole server, and does not ask whether it is there.',
    ],
    [
      'create database other;',
      'server-wide-object 1: `0000_m` makes a database, which belongs to the whole server, and does not ask whether it is there.',
    ],
    [
      `do $$ begin execute format('create table p_%s partition of p default', to_char(now(), 'YYYYMM')); end $$;`,
      'clock-dependent 1: What `0000_m` makes depends on the day on which it runs.',
    ],
    [
      'create table p1 partition of p for values from (current_date) to (maxvalue);',
      'clock-dependent 1: What `0000_m` makes depends on the day on which it runs.',
    ],
  ])('%s', (sql, finding) => {
    expect(found(sql)).toEqual([finding]);
  });

  test.each([
    '-- about drizzle.__drizzle_migrations\ncreate table songs (id int);',
    'do $$ begin create role app; exception when duplicate_object then null; end $$;',
    'create table songs (made timestamp default now());',
    `do $$ begin execute 'update songs set made = now()'; end $$;`,
    `create table p1 partition of p for values from ('2025-01-01') to ('2026-01-01');`,
  ])('%s: nothing to say', (sql) => {
    expect(found(sql)).toEqual([]);
  });
});
