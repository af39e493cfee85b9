DROP INDEX "idx_songs_song_variants";--> statement-breakpoint
DROP INDEX "idx_songs_variant_timestamp_lyrics_api_response";--> statement-breakpoint
DROP INDEX "idx_songs_variant_timestamp_lyrics_processed";
