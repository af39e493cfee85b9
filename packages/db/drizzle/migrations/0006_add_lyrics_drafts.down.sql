-- Rolling back loses the values of `songs.lyrics_draft_id`.
-- Rolling back loses the rows of `lyrics_drafts`.
ALTER TABLE "songs" DROP CONSTRAINT "songs_lyrics_draft_id_lyrics_drafts_id_fk";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "lyrics_draft_id";--> statement-breakpoint
DROP TABLE "lyrics_drafts";--> statement-breakpoint
DROP TYPE "public"."lyrics_draft_status";
