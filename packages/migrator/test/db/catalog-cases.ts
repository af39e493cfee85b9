/**
 * Objects of every kind, and a change of each. The cases do not depend on one another, so that they can be made in any
 * order; each holds its own schema objects, by names that begin with its own letter or word.
 */
export interface CatalogCase {
  readonly name: string;
  readonly make: string;
  /** What the catalog must then say. */
  readonly has: Readonly<Record<string, string>>;
  readonly change: string;
  /** What the change must be found as: `<change> <key>`. Empty: it must not show. */
  readonly differs: readonly string[];
}

export const CASES: readonly CatalogCase[] = [
  {
    name: 'a table that gets unlogged',
    make: 'create table plain (id integer)',
    has: { 'table:public.plain': 'table', 'column:public.plain.id': 'integer' },
    change: 'alter table plain set unlogged',
    differs: ['changed table:public.plain'],
  },
  {
    name: 'a table that is dropped, with all that is in it',
    make: 'create table gone (id integer primary key, t text); create index on gone (t)',
    has: { 'constraint:public.gone.gone_pkey': 'PRIMARY KEY (id)' },
    change: 'drop table gone',
    differs: [
      'missing column:public.gone.id',
      'missing column:public.gone.t',
      'missing constraint:public.gone.gone_pkey',
      'missing index:public.gone_t_idx',
      'missing table:public.gone',
    ],
  },
  {
    name: 'storage options, in any order',
    make: 'create table filled (id integer) with (fillfactor = 70, autovacuum_enabled = off)',
    has: { 'table:public.filled': 'table with (autovacuum_enabled=off, fillfactor=70)' },
    change: 'alter table filled reset (fillfactor)',
    differs: ['changed table:public.filled'],
  },
  {
    name: 'row level security',
    make: 'create table guarded (id integer); alter table guarded enable row level security',
    has: { 'table:public.guarded': 'table row level security' },
    change: 'alter table guarded force row level security',
    differs: ['changed table:public.guarded'],
  },
  {
    name: 'replica identity',
    make: 'create table replicated (id integer not null unique); alter table replicated replica identity using index replicated_id_key',
    has: { 'table:public.replicated': 'table replica identity using index replicated_id_key' },
    change: 'alter table replicated replica identity full',
    differs: ['changed table:public.replicated'],
  },
  {
    name: 'partitions, and what they have from their parent',
    make: `create table events (id bigint, at date, primary key (id, at)) partition by range (at);
      create index on events (at);
      create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01')`,
    has: {
      'table:public.events': 'table partition by RANGE (at)',
      'table:public.events_2025': `table partition of public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`,
      'index:public.events_at_idx': 'CREATE INDEX events_at_idx ON ONLY public.events USING btree (at)',
    },
    change: `create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01')`,
    differs: [
      'unexpected column:public.events_2026.at',
      'unexpected column:public.events_2026.id',
      'unexpected table:public.events_2026',
    ],
  },
  {
    name: 'inheritance',
    make: 'create table parent (id integer); create table child (extra text) inherits (parent)',
    has: { 'table:public.child': 'table inherits (public.parent)', 'column:public.child.id': 'integer' },
    change: 'alter table child no inherit parent',
    differs: ['changed table:public.child'],
  },
  {
    name: 'a foreign table',
    make: `create extension if not exists postgres_fdw; create server far foreign data wrapper postgres_fdw;
      create foreign table distant (id integer options (column_name 'far_id')) server far options (table_name 'x')`,
    has: {
      'table:public.distant': 'foreign table server far options (table_name=x)',
      'column:public.distant.id': 'integer (column_name=far_id)',
    },
    change: `alter foreign table distant options (set table_name 'y')`,
    differs: ['changed table:public.distant'],
  },
  {
    name: 'the type of a column',
    make: 'create table typed (c varchar(20), n numeric(10,2)[])',
    has: { 'column:public.typed.c': 'character varying(20)', 'column:public.typed.n': 'numeric(10,2)[]' },
    change: 'alter table typed alter c type varchar(30)',
    differs: ['changed column:public.typed.c'],
  },
  {
    name: 'the default of a column',
    make: `create table defaulted (c timestamptz default '2025-01-01 00:00+02', d text default 'x')`,
    has: {
      'column:public.defaulted.c': `timestamp with time zone default '2024-12-31 22:00:00+00'::timestamp with time zone`,
      'column:public.defaulted.d': `text default 'x'::text`,
    },
    change: 'alter table defaulted alter d drop default',
    differs: ['changed column:public.defaulted.d'],
  },
  {
    name: 'NOT NULL, whatever its constraint is called',
    make: 'create table needed (a integer not null, b integer)',
    has: { 'column:public.needed.a': 'integer not null', 'column:public.needed.b': 'integer' },
    change: 'alter table needed alter b set not null',
    differs: ['changed column:public.needed.b'],
  },
  {
    name: 'the name of a NOT NULL constraint, which does not show',
    make: 'create table named_not_null (a integer constraint mine not null)',
    has: { 'column:public.named_not_null.a': 'integer not null' },
    change: 'alter table named_not_null rename constraint mine to yours',
    differs: [],
  },
  {
    name: 'NOT NULL that is not validated',
    make: 'create table unsure (a integer); alter table unsure add constraint a_there not null a not valid',
    has: { 'column:public.unsure.a': 'integer not null not valid' },
    change: 'alter table unsure validate constraint a_there',
    differs: ['changed column:public.unsure.a'],
  },
  {
    name: 'a collation',
    make: 'create table collated (c text collate "C")',
    has: { 'column:public.collated.c': 'text collate C' },
    change: 'alter table collated alter c type text collate "und-x-icu"',
    differs: ['changed column:public.collated.c'],
  },
  {
    name: 'a generated column',
    make: 'create table computed (a integer, s integer generated always as (a + 1) stored, v integer generated always as (a * 2) virtual)',
    has: {
      'column:public.computed.s': 'integer generated always as ((a + 1)) stored',
      'column:public.computed.v': 'integer generated always as ((a * 2)) virtual',
    },
    change: 'alter table computed alter s set expression as (a + 2)',
    differs: ['changed column:public.computed.s'],
  },
  {
    name: 'an identity column and the options of its sequence',
    make: 'create table numbered (id bigint generated always as identity (start with 100 increment by 10 cache 5))',
    has: {
      'column:public.numbered.id':
        'bigint not null generated always as identity (increment by 10 start with 100 cache 5)',
    },
    change: 'alter table numbered alter id set increment by 20',
    differs: ['changed column:public.numbered.id'],
  },
  {
    name: 'the name of an identity sequence, which does not show',
    make: 'create table renumbered (id bigint generated by default as identity (sequence name one))',
    has: { 'column:public.renumbered.id': 'bigint not null generated by default as identity' },
    change: 'alter sequence one rename to other_one',
    differs: [],
  },
  {
    name: 'the name of a serial sequence, which does not show',
    make: 'create table serials (id serial)',
    has: { 'column:public.serials.id': 'integer not null default nextval(its own sequence)' },
    change: 'alter sequence serials_id_seq rename to renamed_seq',
    differs: [],
  },
  {
    name: 'a serial column that grows while its sequence does not',
    make: 'create table growing (id serial)',
    has: { 'column:public.growing.id': 'integer not null default nextval(its own sequence)' },
    change: 'alter table growing alter id type bigint',
    differs: ['changed column:public.growing.id'],
  },
  {
    name: 'a column that moves to the end, which does not show',
    make: 'create table ordered (a integer, b text)',
    has: { 'column:public.ordered.b': 'text' },
    change: 'alter table ordered drop a; alter table ordered add a integer',
    differs: [],
  },
  {
    name: 'storage, compression and statistics of a column',
    make: 'create table tuned (c text)',
    has: { 'column:public.tuned.c': 'text' },
    change:
      'alter table tuned alter c set storage external, alter c set compression pglz, alter c set statistics 500, alter c set (n_distinct = 5)',
    differs: ['changed column:public.tuned.c'],
  },
  {
    name: 'a check',
    make: 'create table checked (n integer constraint positive check (n > 0))',
    has: { 'constraint:public.checked.positive': 'CHECK ((n > 0))' },
    change: 'alter table checked drop constraint positive; alter table checked add constraint positive check (n > 1)',
    differs: ['changed constraint:public.checked.positive'],
  },
  {
    name: 'a check that is validated',
    make: 'create table later (n integer); alter table later add constraint positive check (n > 0) not valid',
    has: { 'constraint:public.later.positive': 'CHECK ((n > 0)) NOT VALID' },
    change: 'alter table later validate constraint positive',
    differs: ['changed constraint:public.later.positive'],
  },
  {
    name: 'a constraint that is not enforced',
    make: 'create table lenient (n integer constraint positive check (n > 0) not enforced)',
    has: { 'constraint:public.lenient.positive': 'CHECK ((n > 0)) NOT ENFORCED' },
    change: 'alter table lenient drop constraint positive; alter table lenient add constraint positive check (n > 0)',
    differs: ['changed constraint:public.lenient.positive'],
  },
  {
    name: 'the action of a foreign key',
    make: 'create table owner (id integer primary key); create table pet (owner_id integer references owner on delete cascade)',
    has: {
      'constraint:public.pet.pet_owner_id_fkey': 'FOREIGN KEY (owner_id) REFERENCES public.owner(id) ON DELETE CASCADE',
    },
    change:
      'alter table pet drop constraint pet_owner_id_fkey; alter table pet add constraint pet_owner_id_fkey foreign key (owner_id) references owner',
    differs: ['changed constraint:public.pet.pet_owner_id_fkey'],
  },
  {
    name: 'a foreign key to a partitioned table, which Postgres copies for each partition',
    make: `create table pieces (id integer primary key) partition by list (id); create table piece_1 partition of pieces for values in (1);
      create table whole (piece integer references pieces)`,
    has: { 'constraint:public.whole.whole_piece_fkey': 'FOREIGN KEY (piece) REFERENCES public.pieces(id)' },
    change:
      'create table piece_2 (id integer primary key); alter table pieces attach partition piece_2 for values in (2)',
    differs: ['unexpected column:public.piece_2.id', 'unexpected table:public.piece_2'],
  },
  {
    name: 'unique, with all its words',
    make: 'create table single (a integer, b integer, unique nulls not distinct (a) include (b) deferrable)',
    has: { 'constraint:public.single.single_a_b_key': 'UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) DEFERRABLE' },
    change: 'alter table single rename constraint single_a_b_key to other_key',
    differs: ['unexpected constraint:public.single.other_key', 'missing constraint:public.single.single_a_b_key'],
  },
  {
    name: 'an exclusion constraint',
    make: 'create table booked (during tsrange, exclude using gist (during with &&))',
    has: { 'constraint:public.booked.booked_during_excl': 'EXCLUDE USING gist (during WITH &&)' },
    change: 'alter table booked drop constraint booked_during_excl',
    differs: ['missing constraint:public.booked.booked_during_excl'],
  },
  {
    name: 'the predicate of an index',
    make: 'create table indexed (a text, b text); create index partly on indexed (lower(a) desc) where b is null',
    has: {
      'index:public.partly': 'CREATE INDEX partly ON public.indexed USING btree (lower(a) DESC) WHERE (b IS NULL)',
    },
    change: 'drop index partly; create index partly on indexed (lower(a) desc) where b is not null',
    differs: ['changed index:public.partly'],
  },
  {
    name: 'an index that is not valid',
    make: 'create table doubled (a integer); create index doubled_a on doubled (a)',
    has: { 'index:public.doubled_a': 'CREATE INDEX doubled_a ON public.doubled USING btree (a)' },
    change: `update pg_index set indisvalid = false where indexrelid = 'doubled_a'::regclass`,
    differs: ['changed index:public.doubled_a'],
  },
  {
    name: 'the body of a view',
    make: 'create table seen (a integer, b integer); create view seeing as select a from seen',
    has: { 'view:public.seeing': 'SELECT a\n   FROM public.seen;' },
    change: 'create or replace view seeing as select a + 0 as a from seen',
    differs: ['changed view:public.seeing'],
  },
  {
    name: 'the options of a view',
    make: 'create table peeked (a integer); create view peeking with (security_invoker = true) as select a from peeked',
    has: { 'view:public.peeking': 'with (security_invoker=true)  SELECT a\n   FROM public.peeked;' },
    change: 'alter view peeking reset (security_invoker)',
    differs: ['changed view:public.peeking'],
  },
  {
    name: 'a materialised view and its index',
    make: 'create table counted (a integer); create materialized view counts as select count(*) as n from counted; create unique index on counts (n)',
    has: {
      'materialized-view:public.counts': 'SELECT count(*) AS n\n   FROM public.counted;',
      'index:public.counts_n_idx': 'CREATE UNIQUE INDEX counts_n_idx ON public.counts USING btree (n)',
    },
    change: 'drop materialized view counts',
    differs: ['missing index:public.counts_n_idx', 'missing materialized-view:public.counts'],
  },
  {
    name: 'a sequence',
    make: 'create sequence tickets as integer start 5 maxvalue 1000 cycle',
    has: { 'sequence:public.tickets': 'sequence as integer maxvalue 1000 start with 5 cycle' },
    change: 'alter sequence tickets no cycle',
    differs: ['changed sequence:public.tickets'],
  },
  {
    name: 'a falling sequence',
    make: 'create sequence falling increment -1',
    has: { 'sequence:public.falling': 'sequence increment by -1' },
    change: 'alter sequence falling minvalue -10',
    differs: ['changed sequence:public.falling'],
  },
  {
    name: 'a sequence that a column owns but does not use',
    make: 'create table owning (id integer); create sequence owned owned by owning.id',
    has: { 'sequence:public.owned': 'sequence owned by public.owning.id' },
    change: 'alter sequence owned owned by none',
    differs: ['changed sequence:public.owned'],
  },
  {
    name: 'a sequence that a column uses but does not own',
    make: `create sequence used; create table using_it (id bigint default nextval('used'))`,
    has: {
      'sequence:public.used': 'sequence',
      'column:public.using_it.id': `bigint default nextval('public.used'::regclass)`,
    },
    change: 'alter sequence used rename to reused',
    differs: ['changed column:public.using_it.id', 'unexpected sequence:public.reused', 'missing sequence:public.used'],
  },
  {
    name: 'the order of enum values',
    make: `create type mood as enum ('good', 'it''s')`,
    has: { 'enum:public.mood': `enum ('good', 'it''s')` },
    change: `alter type mood add value 'bad' before 'it''s'`,
    differs: ['changed enum:public.mood'],
  },
  {
    name: 'a domain',
    make: `create domain email as text collate "C" not null default 'a@b' constraint has_at check (value ~ '@')`,
    has: {
      'domain:public.email': `text collate "C" not null default 'a@b'::text constraint has_at CHECK ((VALUE ~ '@'::text))`,
    },
    change: 'alter domain email drop constraint has_at',
    differs: ['changed domain:public.email'],
  },
  {
    name: 'a composite type, whose order counts',
    make: 'create type pair as (a integer, b text collate "C")',
    has: { 'composite-type:public.pair': '(a integer, b text collate "C")' },
    change: 'alter type pair drop attribute a; alter type pair add attribute a integer',
    differs: ['changed composite-type:public.pair'],
  },
  {
    name: 'a range type',
    make: 'create type span as range (subtype = float8, subtype_diff = float8mi)',
    has: {
      'range-type:public.span': 'range of double precision difference float8mi multirange public.span_multirange',
    },
    change: 'drop type span',
    differs: ['missing range-type:public.span'],
  },
  {
    name: 'functions of one name, by the types of their arguments',
    make: `create function add(a integer, b integer) returns integer language sql as 'select a + b';
      create function add(a text) returns text language sql as 'select a'`,
    has: {
      'function:public.add(text)': `CREATE OR REPLACE FUNCTION public.add(a text)\n RETURNS text\n LANGUAGE sql\nAS $function$select a$function$`,
    },
    change: `create or replace function add(a integer, b integer) returns integer language sql as 'select b + a'`,
    differs: ['changed function:public.add(integer, integer)'],
  },
  {
    name: 'a procedure',
    make: `create procedure tidy() language sql as 'select 1'`,
    has: {},
    change: 'drop procedure tidy',
    differs: ['missing procedure:public.tidy()'],
  },
  {
    name: 'an aggregate',
    make: 'create aggregate total (integer) (sfunc = int4pl, stype = integer, initcond = 0)',
    has: { 'aggregate:public.total(integer)': `aggregate (integer) transition int4pl state integer initial '0'` },
    change: 'create or replace aggregate total (integer) (sfunc = int4pl, stype = integer, initcond = 1)',
    differs: ['changed aggregate:public.total(integer)'],
  },
  {
    name: 'a trigger that is switched off',
    make: `create function touch() returns trigger language plpgsql as 'begin return new; end'; create table touched (id integer);
      create trigger touching before update on touched for each row execute function touch()`,
    has: {
      'trigger:public.touched.touching':
        'CREATE TRIGGER touching BEFORE UPDATE ON public.touched FOR EACH ROW EXECUTE FUNCTION public.touch()',
    },
    change: 'alter table touched disable trigger touching',
    differs: ['changed trigger:public.touched.touching'],
  },
  {
    name: 'a rule',
    make: 'create table ruled (id integer); create rule quiet as on delete to ruled do instead nothing',
    has: {
      'rule:public.ruled.quiet': 'CREATE RULE quiet AS\n    ON DELETE TO public.ruled DO INSTEAD NOTHING;',
    },
    change: 'drop rule quiet on ruled',
    differs: ['missing rule:public.ruled.quiet'],
  },
  {
    name: 'a policy',
    make: 'create table private (owner name); create policy mine on private for select to pg_monitor, public using (owner = current_user)',
    has: {
      'policy:public.private.mine': 'for select to public using ((owner = CURRENT_USER))',
    },
    change: 'alter policy mine on private to pg_monitor',
    differs: ['changed policy:public.private.mine'],
  },
  {
    name: 'statistics',
    make: 'create table skewed (a integer, b integer); create statistics related (dependencies) on a, b from skewed',
    has: { 'statistics:public.related': 'CREATE STATISTICS public.related (dependencies) ON a, b FROM public.skewed' },
    change: 'drop statistics related',
    differs: ['missing statistics:public.related'],
  },
  {
    name: 'an event trigger',
    make: `create function watch() returns event_trigger language plpgsql as 'begin end';
      create event trigger watching on sql_drop when tag in ('DROP SCHEMA') execute function watch()`,
    has: { 'event-trigger:watching': 'on sql_drop when tag in (DROP SCHEMA) execute public.watch()' },
    change: 'alter event trigger watching disable',
    differs: ['changed event-trigger:watching'],
  },
  {
    name: 'a publication',
    make: 'create table published (id integer primary key, t text); create publication news for table published (id) where (id > 5)',
    has: {
      'publication:news':
        'publication for tables public.published (id) where (id > 5) of insert, update, delete, truncate',
    },
    change: 'alter publication news set (publish = $$insert$$)',
    differs: ['changed publication:news'],
  },
  {
    name: 'an extension, without what is in it',
    make: 'create extension btree_gist; create schema for_extension; create extension hstore schema for_extension',
    has: { 'extension:hstore': 'schema for_extension', 'schema:for_extension': 'schema' },
    change: 'drop extension hstore',
    differs: ['missing extension:hstore'],
  },
  {
    name: 'a collation, and the column that has it',
    make: `create collation sorted (provider = icu, locale = 'und-u-ks-level2', deterministic = false); create collation spare (locale = 'C');
      create table sortable (a text collate sorted unique)`,
    has: {
      'collation:public.sorted': `collation (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      'collation:public.spare': `collation (provider = libc, lc_collate = 'C', lc_ctype = 'C')`,
    },
    change: `drop table sortable; drop collation sorted; drop collation spare; create collation spare (locale = 'POSIX')`,
    differs: [
      'missing collation:public.sorted',
      'changed collation:public.spare',
      'missing column:public.sortable.a',
      'missing constraint:public.sortable.sortable_a_key',
      'missing table:public.sortable',
    ],
  },
  {
    name: 'casts',
    make: `create type "Cast it" as enum ('a'); create function cast_it("Cast it") returns integer language sql immutable as 'select 1';
      create cast ("Cast it" as integer) with function cast_it("Cast it") as assignment; create cast ("Cast it" as date) with inout`,
    has: {
      'cast:public."Cast it" as integer': 'with function public.cast_it(public."Cast it") as assignment',
      'cast:public."Cast it" as date': 'with inout',
    },
    change: `drop cast ("Cast it" as date); drop cast ("Cast it" as integer); create cast ("Cast it" as integer) with function cast_it("Cast it") as implicit`,
    differs: ['missing cast:public."Cast it" as date', 'changed cast:public."Cast it" as integer'],
  },
  {
    name: 'operators, and what uses them',
    make: `create function near(integer, text) returns boolean language sql immutable as 'select true'; create function raean(text, integer) returns boolean language sql immutable as 'select true';
      create operator === (leftarg = integer, rightarg = text, function = near, commutator = ~~~~, restrict = eqsel); create operator ~~~~ (leftarg = text, rightarg = integer, function = raean, commutator = ===);
      create operator !!! (rightarg = integer, function = pg_catalog.abs); create table operated (a integer, b boolean default (1 === 'x')); create view operating as select !!! a as a from operated`,
    has: {
      'operator:public.===(integer, text)':
        'operator (function = public.near, leftarg = integer, rightarg = text, commutator = operator(public.~~~~), restrict = eqsel)',
      'operator:public.!!!(none, integer)': 'operator (function = pg_catalog.abs, rightarg = integer)',
    },
    change: `drop operator ===(integer, text) cascade; drop operator !!!(none, integer) cascade; create operator !!! (rightarg = integer, function = int4um);
      create view operating as select !!! a as a from operated`,
    differs: [
      'changed column:public.operated.b',
      'changed operator:public.!!!(none, integer)',
      'missing operator:public.===(integer, text)',
      'changed operator:public.~~~~(text, integer)',
    ],
  },
  {
    name: 'text search, and an index by it',
    make: `create text search dictionary "Di.ct" (template = simple, stopwords = english, accept = false);
      create text search configuration searched (copy = english); alter text search configuration searched alter mapping for word with "Di.ct", english_stem;
      create table documents (t text); create index on documents using gin (to_tsvector('searched', t))`,
    has: {
      'text-search-dictionary:public."Di.ct"': `template pg_catalog.simple (stopwords = 'english', accept = 'false')`,
    },
    change: `alter text search dictionary "Di.ct" (stopwords); alter text search configuration searched alter mapping for word with simple;
      alter text search configuration searched drop mapping for url; create text search dictionary more (template = simple)`,
    differs: [
      'changed text-search-configuration:public.searched',
      'changed text-search-dictionary:public."Di.ct"',
      'unexpected text-search-dictionary:public.more',
    ],
  },
  {
    name: 'a foreign server, without what is secret of it',
    make: `create extension if not exists postgres_fdw; create server "Far off" version '1' foreign data wrapper postgres_fdw options (host 'a,b=''c', dbname 'x');
      create foreign table off (id integer) server "Far off"`,
    has: { 'foreign-server:Far off': `foreign data wrapper postgres_fdw version 1 options (dbname=x, host=a,b='c)` },
    change: `alter server "Far off" version '2' options (set host 'b', drop dbname, add port '5432')`,
    differs: ['changed foreign-server:Far off'],
  },
  {
    name: 'a schema, and names that need quotes',
    make: 'create schema "My.Shop"; create table "My.Shop"."Or""der" ("select" integer)',
    has: { 'schema:"My.Shop"': 'schema', 'column:"My.Shop"."Or""der".select': 'integer' },
    change: 'drop schema "My.Shop" cascade',
    differs: [
      'missing column:"My.Shop"."Or""der".select',
      'missing schema:"My.Shop"',
      'missing table:"My.Shop"."Or""der"',
    ],
  },
];
