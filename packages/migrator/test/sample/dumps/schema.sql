create schema "Mixed Case";
create type mood as enum ('low','high');
create table artists (id serial primary key, name text not null);
create table songs (id bigint generated always as identity primary key, title text not null, artist_id int references artists, mood mood, raw bytea, tags text[], facts jsonb, upper_title text generated always as (upper(title)) stored);
create table "Mixed Case"."Odd ""table""; x" ("select" int, "a,b" text);
create table plays (song bigint, at date) partition by range (at);
create table plays_2025 partition of plays for values from ('2025-01-01') to ('2026-01-01');
create function f() returns text language plpgsql as $$ begin
INSERT INTO songs VALUES (1, 'in a body');
return 'COPY songs FROM stdin;'; end $$;
create function g() returns void language sql begin atomic
 insert into artists (name) values ('never'); end;
create rule r as on insert to "Mixed Case"."Odd ""table""; x" do also nothing;
comment on table songs is 'it''s; a COPY public.songs FROM stdin;
\.
INSERT INTO songs VALUES (9);';
insert into artists (name) values ('of the migration');
