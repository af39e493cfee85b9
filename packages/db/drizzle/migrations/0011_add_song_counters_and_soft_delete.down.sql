-- Rolling back loses the values of `songs.selected_variant`.
-- Rolling back loses the values of `songs.play_count`.
-- Rolling back loses the values of `songs.like_count`.
-- Rolling back loses the values of `songs.deleted_at`.
ALTER TABLE "songs" DROP CONSTRAINT "songs_selected_variant_exists";--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_published_has_variant";--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_counters_not_negative";--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_json_are_objects";--> statement-breakpoint
DROP INDEX "idx_songs_published";--> statement-breakpoint
DROP INDEX "idx_songs_deleted_at";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "selected_variant";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "play_count";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "like_count";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "deleted_at";
