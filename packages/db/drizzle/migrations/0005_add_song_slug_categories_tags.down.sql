-- Rolling back loses the values of `songs.slug`.
-- Rolling back loses the values of `songs.categories`.
-- Rolling back loses the values of `songs.tags`.
ALTER TABLE "songs" DROP CONSTRAINT "songs_slug_format";--> statement-breakpoint
DROP INDEX "idx_songs_categories";--> statement-breakpoint
DROP INDEX "idx_songs_tags";--> statement-breakpoint
ALTER TABLE "songs" DROP CONSTRAINT "songs_slug_unique";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "slug";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "categories";--> statement-breakpoint
ALTER TABLE "songs" DROP COLUMN "tags";
