CREATE INDEX "idx_songs_song_variants" ON "songs" USING gin ("song_variants");--> statement-breakpoint
CREATE INDEX "idx_songs_variant_timestamp_lyrics_api_response" ON "songs" USING gin ("variant_timestamp_lyrics_api_response");--> statement-breakpoint
CREATE INDEX "idx_songs_variant_timestamp_lyrics_processed" ON "songs" USING gin ("variant_timestamp_lyrics_processed");