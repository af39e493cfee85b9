-- Rolling back loses the rows of `song_requests`.
-- Rolling back loses the rows of `songs`.
-- Rolling back loses the rows of `users`.
ALTER TABLE "song_requests" DROP CONSTRAINT "song_requests_user_id_users_id_fk";--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_song_request_id_song_requests_id_fk";--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_user_id_users_id_fk";--> statement-breakpoint
DROP TABLE "song_requests";--> statement-breakpoint
DROP TABLE "songs";--> statement-breakpoint
DROP TABLE "users";--> statement-breakpoint
DROP TYPE "public"."song_request_status";--> statement-breakpoint
DROP TYPE "public"."song_status";
