/** The tables that the cases of `locks-pg*.tsv` are about: t of 1,000 rows with five indexes, its parent o, and partitioned tables. */
export const FIXTURE = `
create table o (id int primary key, name text);
insert into o select n, 'o' || n from generate_series(1, 1000) n;
create table t (
  id int primary key, a int, b int, n int not null, s varchar(50), txt text, ci text, num numeric(10,2), ts timestamp,
  js json, mood text, oid int constraint t_o_fk references o, o2 int, gone int
);
insert into t select n, n, n, n, 's' || n, 'txt', 'ci' || n, 1.5, '2025-01-01', '{}', 'low', n, n, n from generate_series(1, 1000) n;
create index t_a on t (a);
create index t_s on t (s);
create index t_ci on t (ci);
create unique index t_n_u on t (n);
alter table t add constraint t_chk_nv check (b > 0) not valid;
alter table t add constraint t_fk_nv foreign key (o2) references o not valid;
create function noop() returns trigger language plpgsql as 'begin return new; end';
create trigger trg before insert on t for each row execute function noop();
create view v as select a from t;
create materialized view mv as select a, b from t;
create unique index mvu on mv (a);
create type mood as enum ('low', 'high');
create domain plain_text as text;
create domain checked_text as text check (value <> '');
create domain used_text as text;
create domain checked_int as int check (value > 0);
create table p (k int) partition by range (k);
create table p1 partition of p for values from (0) to (1000);
insert into p1 select n from generate_series(0, 499) n;
create table p2 (k int);
insert into p2 select n from generate_series(1000, 1499) n;
create table pd (k int) partition by range (k);
create table pdd partition of pd default;
insert into pdd select n from generate_series(0, 499) n;
create table pn (k int);
create table par (like t);
`;

/** A case: its name in the table, its SQL, and what has to be there before it beyond the fixture. */
export interface LockCase {
  readonly name: string;
  readonly sql: string;
  readonly setUp?: string;
}

const one = (name: string, sql: string, setUp?: string): LockCase => ({
  name,
  sql,
  ...(setUp !== undefined && { setUp }),
});

export const LOCK_CASES: readonly LockCase[] = [
  one('add_col_nullable', 'alter table t add column z int'),
  one('add_col_const_default', 'alter table t add column z int default 5'),
  one('add_col_now_default', 'alter table t add column z timestamptz default now()'),
  one('add_col_clock_ts', 'alter table t add column z timestamptz default clock_timestamp()'),
  one('add_col_gen_uuid', 'alter table t add column z uuid default gen_random_uuid()'),
  one('add_col_random', 'alter table t add column z float default random()'),
  one('add_col_serial', 'alter table t add column z serial'),
  one('add_col_identity', 'alter table t add column z int generated always as identity'),
  one('add_col_stored_gen', 'alter table t add column z int generated always as (a * 2) stored'),
  one('add_col_notnull_nodefault_EMPTYFAIL', 'alter table t add column z int not null'),
  one('add_col_domain_chk_const', 'alter table t add column z checked_int default 5'),
  one('add_col_domain_chk_default', 'alter table t add column z checked_int'),
  one('add_col_inline_check', 'alter table t add column z int check (z > 0)'),
  one('add_col_const_default_inline_check', 'alter table t add column z int default 5 check (z > 0)'),
  one('add_col_inline_unique', 'alter table t add column z int unique'),
  one('add_col_inline_ref_null', 'alter table t add column z int references o'),
  one('add_col_inline_ref_default', 'alter table t add column z int default 1 references o'),
  one('drop_column', 'alter table t drop column gone'),
  one('drop_col_cascade_view', 'alter table t drop column a cascade', 'drop materialized view mv'),
  one('drop_table', 'drop table t cascade'),
  one('truncate', 'truncate t'),
  one('truncate_cascade_ref', 'truncate o cascade'),
  one('rename_col', 'alter table t rename column gone to gone2'),
  one('rename_table', 'alter table t rename to t2'),
  one('set_schema', 'alter table t set schema other', 'create schema other'),
  one('set_not_null', 'alter table t alter column b set not null'),
  one(
    'set_not_null_with_valid_check',
    'alter table t alter column gone set not null',
    'alter table t add constraint gone_set check (gone is not null)',
  ),
  one('drop_not_null', 'alter table t alter column n drop not null'),
  one('set_default', 'alter table t alter column b set default 5'),
  one('type_int_bigint', 'alter table t alter column a type bigint'),
  one('type_int_bigint_free_of_views', 'alter table t alter column gone type bigint'),
  one('type_varchar_longer', 'alter table t alter column s type varchar(100)'),
  one('type_varchar_shorter', 'alter table t alter column s type varchar(20)'),
  one('type_varchar_text', 'alter table t alter column s type text'),
  one('type_text_varchar_nolimit', 'alter table t alter column txt type varchar'),
  one('type_text_varchar50', 'alter table t alter column txt type varchar(50)'),
  one('type_text_citext', 'alter table t alter column txt type citext', 'create extension citext'),
  one('type_text_citext_indexed', 'alter table t alter column ci type citext', 'create extension citext'),
  one('type_numeric_wider', 'alter table t alter column num type numeric(12,2)'),
  one('type_numeric_scale', 'alter table t alter column num type numeric(12,4)'),
  one('type_numeric_unconstrained', 'alter table t alter column num type numeric'),
  one('type_ts_tstz_utc', `set local timezone = 'UTC';\nalter table t alter column ts type timestamptz`),
  one('type_ts_tstz_paris', `set local timezone = 'Europe/Paris';\nalter table t alter column ts type timestamptz`),
  one('type_ts_using_atz', `alter table t alter column ts type timestamptz using ts at time zone 'UTC'`),
  one('type_json_jsonb', 'alter table t alter column js type jsonb'),
  one('type_text_enum', 'alter table t alter column mood type mood using mood::mood'),
  one(
    'type_enum_using',
    'alter table t alter column feeling type text using feeling::text',
    `alter table t add column feeling mood default 'low'`,
  ),
  one('type_domain_plain_from_text', 'alter table t alter column txt type plain_text'),
  one('type_domain_chk_from_text', 'alter table t alter column txt type checked_text'),
  one('set_collation', 'alter table t alter column txt type text collate "C"'),
  one('add_check', 'alter table t add constraint c1 check (b > 0)'),
  one('add_check_nv', 'alter table t add constraint c1 check (b > 0) not valid'),
  one('validate_check', 'alter table t validate constraint t_chk_nv'),
  one('add_fk', 'alter table t add constraint f1 foreign key (b) references o'),
  one('add_fk_nv', 'alter table t add constraint f1 foreign key (b) references o not valid'),
  one('validate_fk', 'alter table t validate constraint t_fk_nv'),
  one('drop_constraint_fk', 'alter table t drop constraint t_o_fk'),
  one('add_unique', 'alter table t add constraint u1 unique (b)'),
  one('add_unique_using_index', 'alter table t add constraint u1 unique using index t_n_u'),
  one(
    'add_pk_using_index_notnull',
    'alter table t add primary key using index t_n_u',
    'alter table t drop constraint t_pkey',
  ),
  one(
    'add_pk_using_index_nullable',
    'alter table t add primary key using index tau',
    'alter table t drop constraint t_pkey; create unique index tau on t (a)',
  ),
  one('add_exclude', 'alter table t add constraint e1 exclude using btree (b with =)'),
  one('create_index', 'create index i1 on t (b)'),
  one('create_unique_index', 'create unique index i1 on t (b)'),
  one('drop_index', 'drop index t_a'),
  one('reindex_index', 'reindex index t_a'),
  one('reindex_table', 'reindex table t'),
  one('rename_index', 'alter index t_a rename to t_a2'),
  one('create_trigger', 'create trigger trg2 before insert on t for each row execute function noop()'),
  one('drop_trigger', 'drop trigger trg on t'),
  one('disable_trigger', 'alter table t disable trigger trg'),
  one('disable_trigger_all', 'alter table t disable trigger all'),
  one('enable_rls', 'alter table t enable row level security'),
  one('create_policy', 'create policy pol on t using (true)'),
  one('attach_partition', 'alter table p attach partition p2 for values from (1000) to (2000)'),
  one(
    'attach_partition_with_check',
    'alter table p attach partition p2 for values from (1000) to (2000)',
    'alter table p2 add constraint fits check (k is not null and k >= 1000 and k < 2000)',
  ),
  one('attach_with_default', 'alter table pd attach partition pn for values from (5000) to (6000)'),
  one('detach_partition', 'alter table p detach partition p1'),
  one('create_partition_of', 'create table p3 partition of p for values from (2000) to (3000)'),
  one('refresh_mv', 'refresh materialized view mv'),
  one('refresh_mv_conc', 'refresh materialized view concurrently mv'),
  one('create_or_replace_view', 'create or replace view v as select a from t where a > 1'),
  one('cluster', 'cluster t using t_a'),
  one('set_logged', 'alter table t set unlogged'),
  one('set_fillfactor', 'alter table t set (fillfactor = 90)'),
  one('set_autovacuum', 'alter table t set (autovacuum_enabled = false)'),
  one('set_statistics', 'alter table t alter column b set statistics 200'),
  one('set_storage', 'alter table t alter column txt set storage external'),
  one('set_compression', 'alter table t alter column txt set compression pglz'),
  one('comment', `comment on table t is 'songs'`),
  one('grant', 'grant select on t to public'),
  one('replica_identity', 'alter table t replica identity full'),
  one('enum_add_value', `alter type mood add value 'mid'`),
  one('enum_rename_value', `alter type mood rename value 'low' to 'lower'`),
  one('domain_add_check', `alter domain plain_text add constraint dc check (value <> '')`),
  one(
    'domain_add_check_used',
    `alter domain used_text add constraint dc check (value <> 'x')`,
    'alter table t alter column txt type used_text',
  ),
  one(
    'domain_add_check_nv',
    `alter domain used_text add constraint dc check (value <> 'x') not valid`,
    'alter table t alter column txt type used_text',
  ),
  one('analyze', 'analyze t'),
  one('update_all', 'update t set b = b + 1'),
  one('set_identity', 'alter table t alter column n add generated by default as identity'),
  one('drop_expression_na', 'alter table t alter column b drop expression if exists'),
  one('set_tablespace', 'alter table t set tablespace pg_default'),
  one('inherit', 'alter table par inherit t'),
  one('owner', 'alter table t owner to pg_monitor'),
  one('create_stats', 'create statistics st on a, b from t'),
  one('create_rule', 'create rule ru as on delete to t do instead nothing'),
  one('drop_table_unreferenced', 'drop table p2'),
  one('create_table_references', 'create table child (id int primary key, o int references o)'),
  one('create_index_concurrently', 'create index concurrently i1 on t (b)'),
  one('create_unique_index_concurrently', 'create unique index concurrently i1 on t (b)'),
  one('drop_index_concurrently', 'drop index concurrently t_a'),
  one('reindex_table_concurrently', 'reindex table concurrently t'),
  one('reindex_index_concurrently', 'reindex index concurrently t_a'),
  one('detach_partition_concurrently', 'alter table p detach partition p1 concurrently'),
  one('vacuum', 'vacuum t'),
  one('vacuum_full', 'vacuum full t'),
];
