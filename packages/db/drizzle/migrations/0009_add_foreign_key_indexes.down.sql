ALTER TABLE "user_preferences" DROP CONSTRAINT "user_preferences_user_id_users_id_fk";--> statement-breakpoint
DROP INDEX "idx_payments_user_id";--> statement-breakpoint
DROP INDEX "idx_payments_song_request_id";--> statement-breakpoint
DROP INDEX "idx_song_requests_user_id";--> statement-breakpoint
DROP INDEX "idx_song_requests_open";--> statement-breakpoint
DROP INDEX "idx_songs_song_request_id";--> statement-breakpoint
DROP INDEX "idx_songs_user_id";--> statement-breakpoint
DROP INDEX "idx_songs_lyrics_draft_id";--> statement-breakpoint
ALTER TABLE "user_preferences" DROP CONSTRAINT "user_preferences_user_id_unique";
