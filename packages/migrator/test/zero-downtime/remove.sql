-- ## expand
alter table songs add column genre text;
--> statement-breakpoint
create function songs_genre_in_step() returns trigger language plpgsql as $$
begin
  if new.tags <> '{}' then new.genre := new.tags[1]; elsif new.genre is not null then new.tags := array[new.genre]; end if;
  return new;
end $$;
--> statement-breakpoint
create trigger songs_genre_in_step before insert or update on songs for each row execute function songs_genre_in_step();
-- ## backfill
-- migrator: backfill
update songs set genre = tags[1] where genre is null;
-- ## contract
-- migrator: phase=contract
drop trigger songs_genre_in_step on songs;
--> statement-breakpoint
drop function songs_genre_in_step();
--> statement-breakpoint
alter table songs drop column tags;
-- ## drizzle-kit
ALTER TABLE "songs" ADD COLUMN "genre" text;
--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "tags";
-- ## old
update songs set play_count = play_count + 1 where id = $id;
select slug, play_count, song_variants, selected_variant from songs where status = 'published' and deleted_at is null and array_to_string(tags, ' ') ilike '%pi%' order by created_at desc, id desc limit 12;
select id, slug, status, tags, song_variants, selected_variant, play_count, like_count, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
insert into songs (slug, tags, deleted_at) values ('old-$new', '{piano}', '2020-01-01') returning id;
delete from songs where id in (select id from songs where deleted_at is not null and deleted_at < now() - make_interval(days => 30) limit 500 for update skip locked) returning id;
-- ## new
update songs set play_count = play_count + 1 where id = $id;
select slug, play_count, song_variants, selected_variant from songs where status = 'published' and deleted_at is null order by created_at desc, id desc limit 12;
select id, slug, status, song_variants, selected_variant, play_count, like_count, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
insert into songs (slug, genre, deleted_at) values ('new-$new', 'piano', '2020-01-01') returning id;
delete from songs where id in (select id from songs where deleted_at is not null and deleted_at < now() - make_interval(days => 30) limit 500 for update skip locked) returning id;
-- ## apart
select count(*)::int as n from songs where tags[1] is distinct from genre;
-- ## counted
select sum(play_count)::int as n from songs;
