-- Rolling back loses the values of `songs.song_variants`.
-- Rolling back loses the values of `songs.variant_timestamp_lyrics_api_response`.
-- Rolling back loses the values of `songs.variant_timestamp_lyrics_processed`.
-- Does not bring back the values of `songs.title`.
-- Does not bring back the values of `songs.lyrics`.
-- Does not bring back the values of `songs.music_style`.
-- Does not bring back the values of `songs.audio_url`.
-- Does not bring back the values of `songs.image_url`.
-- Does not bring back the values of `songs.duration_seconds`.
-- Note: rows that are there get '' for `songs.title`.
ALTER TABLE "songs" DROP COLUMN "song_variants";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "variant_timestamp_lyrics_api_response";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "variant_timestamp_lyrics_processed";--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "title" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ALTER COLUMN "title" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "lyrics" text;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "music_style" text;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "audio_url" text;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "image_url" text;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "duration_seconds" integer;
