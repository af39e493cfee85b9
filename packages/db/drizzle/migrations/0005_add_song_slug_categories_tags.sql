-- Existing songs get a slug from their title; the id keeps equal titles apart.
ALTER TABLE "songs" ADD COLUMN "slug" text;--> statement-breakpoint
UPDATE "songs" SET "slug" = concat_ws('-', nullif(trim(both '-' from regexp_replace(lower("song_variants" -> '0' ->> 'title'), '[^a-z0-9]+', '-', 'g')), ''), "id");--> statement-breakpoint
ALTER TABLE "songs" ALTER COLUMN "slug" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "categories" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_songs_categories" ON "songs" USING gin ("categories");--> statement-breakpoint
CREATE INDEX "idx_songs_tags" ON "songs" USING gin ("tags");--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_slug_unique" UNIQUE("slug");--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_slug_format" CHECK ("songs"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
