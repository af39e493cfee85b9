-- Rolling back loses the rows of `categories`.
-- Rolling back loses the rows of `song_categories`.
ALTER TABLE "song_categories" DROP CONSTRAINT "song_categories_category_id_categories_id_fk";--> statement-breakpoint
DROP TABLE "categories";--> statement-breakpoint
DROP TABLE "song_categories";
