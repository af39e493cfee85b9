create table songs (
  id serial primary key,
  slug text not null unique,
  status text not null default 'published',
  tags text[] not null default '{}',
  song_variants jsonb not null default '{}',
  selected_variant text,
  play_count integer not null default 0 constraint songs_play_count_not_negative check (play_count >= 0),
  like_count integer not null default 0,
  deleted_at timestamptz,
  created_at timestamptz not null default now()
);
create index idx_songs_published on songs (created_at desc, id desc) where status = 'published' and deleted_at is null;
create index idx_songs_deleted_at on songs (deleted_at) where deleted_at is not null;
