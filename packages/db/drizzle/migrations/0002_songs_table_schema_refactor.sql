-- Songs get several recordings: what described the only one becomes variant '0' before its columns go.
ALTER TABLE "songs" ADD COLUMN "song_variants" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "variant_timestamp_lyrics_api_response" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "variant_timestamp_lyrics_processed" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
UPDATE "songs" SET "song_variants" = jsonb_build_object('0', jsonb_strip_nulls(jsonb_build_object(
	'title', "title",
	'lyrics', "lyrics",
	'music_style', "music_style",
	'audio_url', "audio_url",
	'image_url', "image_url",
	'duration_seconds', "duration_seconds"
)));--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "title";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "lyrics";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "music_style";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "audio_url";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "image_url";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "duration_seconds";
