-- ## expand
alter table songs add column plays integer not null default 0;
--> statement-breakpoint
create function songs_plays_in_step() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.plays = 0 then new.plays := new.play_count; else new.play_count := new.plays; end if;
  elsif new.plays is distinct from old.plays then
    new.play_count := new.plays;
  else
    new.plays := new.play_count;
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger songs_plays_in_step before insert or update on songs for each row execute function songs_plays_in_step();
--> statement-breakpoint
alter table songs add constraint songs_plays_not_negative check (plays >= 0) not valid;
-- ## backfill
-- migrator: backfill
update songs set plays = play_count where plays <> play_count;
-- ## validate
alter table songs validate constraint songs_plays_not_negative;
-- ## contract
-- migrator: phase=contract
drop trigger songs_plays_in_step on songs;
--> statement-breakpoint
drop function songs_plays_in_step();
--> statement-breakpoint
alter table songs drop column play_count;
-- ## drizzle-kit
ALTER TABLE "songs" RENAME COLUMN "play_count" TO "plays";
-- ## old
update songs set play_count = play_count + 1 where id = $id;
select slug, play_count, song_variants, selected_variant from songs where status = 'published' and deleted_at is null order by created_at desc, id desc limit 12;
select id, slug, status, tags, song_variants, selected_variant, play_count, like_count, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
update songs set song_variants = song_variants || jsonb_build_object('0'::text, '{"title":"Goalkeeper"}'::jsonb) where id = $id;
insert into songs (slug, tags, play_count, deleted_at) values ('old-$new', '{piano}', 0, '2020-01-01') returning id;
delete from songs where id in (select id from songs where deleted_at is not null and deleted_at < now() - make_interval(days => 30) limit 500 for update skip locked) returning id;
-- ## new
update songs set plays = plays + 1 where id = $id;
select slug, plays, song_variants, selected_variant from songs where status = 'published' and deleted_at is null order by created_at desc, id desc limit 12;
select id, slug, status, tags, song_variants, selected_variant, plays, like_count, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
update songs set song_variants = song_variants || jsonb_build_object('0'::text, '{"title":"Goalkeeper"}'::jsonb) where id = $id;
insert into songs (slug, tags, plays, deleted_at) values ('new-$new', '{piano}', 0, '2020-01-01') returning id;
delete from songs where id in (select id from songs where deleted_at is not null and deleted_at < now() - make_interval(days => 30) limit 500 for update skip locked) returning id;
-- ## apart
select count(*)::int as n from songs where plays <> play_count;
-- ## counted
select sum(plays)::int as n from songs;
