-- ## expand
alter table songs add column likes bigint not null default 0;
--> statement-breakpoint
create function songs_likes_in_step() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.likes = 0 then new.likes := new.like_count; else new.like_count := new.likes; end if;
  elsif new.likes is distinct from old.likes then
    new.like_count := new.likes;
  else
    new.likes := new.like_count;
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger songs_likes_in_step before insert or update on songs for each row execute function songs_likes_in_step();
-- ## backfill
-- migrator: backfill
update songs set likes = like_count where likes <> like_count;
-- ## contract
-- migrator: phase=contract
drop trigger songs_likes_in_step on songs;
--> statement-breakpoint
drop function songs_likes_in_step();
--> statement-breakpoint
alter table songs drop column like_count;
-- ## drizzle-kit
ALTER TABLE "songs" ALTER COLUMN "like_count" SET DATA TYPE bigint;
-- ## old
update songs set like_count = like_count + 1 where id = $id;
select slug, play_count, song_variants, selected_variant from songs where status = 'published' and deleted_at is null order by created_at desc, id desc limit 12;
select id, slug, status, tags, song_variants, selected_variant, play_count, like_count, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
update songs set song_variants = song_variants || jsonb_build_object('0'::text, '{"title":"Goalkeeper"}'::jsonb) where id = $id;
insert into songs (slug, tags, like_count, deleted_at) values ('old-$new', '{piano}', 0, '2020-01-01') returning id;
delete from songs where id in (select id from songs where deleted_at is not null and deleted_at < now() - make_interval(days => 30) limit 500 for update skip locked) returning id;
-- ## new
update songs set likes = likes + 1 where id = $id;
select slug, play_count, song_variants, selected_variant from songs where status = 'published' and deleted_at is null order by created_at desc, id desc limit 12;
select id, slug, status, tags, song_variants, selected_variant, play_count, likes, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
update songs set song_variants = song_variants || jsonb_build_object('0'::text, '{"title":"Goalkeeper"}'::jsonb) where id = $id;
insert into songs (slug, tags, likes, deleted_at) values ('new-$new', '{piano}', 0, '2020-01-01') returning id;
delete from songs where id in (select id from songs where deleted_at is not null and deleted_at < now() - make_interval(days => 30) limit 500 for update skip locked) returning id;
-- ## new of drizzle-kit
update songs set like_count = like_count + 1 where id = $id;
select id, slug, status, tags, song_variants, selected_variant, play_count, like_count, deleted_at, created_at from songs where slug = 'song-$id' and status = 'published' and deleted_at is null;
insert into songs (slug, tags, like_count, deleted_at) values ('new-$new', '{piano}', 0, '2020-01-01') returning id;
-- ## apart
select count(*)::int as n from songs where likes <> like_count;
-- ## counted
select sum(likes)::int as n from songs;
-- ## counted of drizzle-kit
select sum(like_count)::int as n from songs;
