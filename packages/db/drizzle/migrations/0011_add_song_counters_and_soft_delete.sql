ALTER TABLE "songs" ADD COLUMN "selected_variant" text;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "play_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "like_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
-- Until now a song played its first variant. One that was published without any goes back to draft.
UPDATE "songs" SET "selected_variant" = (SELECT min("key") FROM jsonb_object_keys("song_variants") AS "key");--> statement-breakpoint
UPDATE "songs" SET "status" = 'draft' WHERE "status" = 'published' AND "selected_variant" IS NULL;--> statement-breakpoint
CREATE INDEX "idx_songs_published" ON "songs" USING btree ("created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "songs"."status" = 'published' and "songs"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "idx_songs_deleted_at" ON "songs" USING btree ("deleted_at") WHERE "songs"."deleted_at" is not null;--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_selected_variant_exists" CHECK ("songs"."selected_variant" is null or jsonb_exists("songs"."song_variants", "songs"."selected_variant"));--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_published_has_variant" CHECK ("songs"."status" <> 'published' or "songs"."selected_variant" is not null);--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_counters_not_negative" CHECK ("songs"."play_count" >= 0 and "songs"."like_count" >= 0);--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_json_are_objects" CHECK (jsonb_typeof("songs"."song_variants") = 'object' and jsonb_typeof("songs"."variant_timestamp_lyrics_api_response") = 'object' and jsonb_typeof("songs"."variant_timestamp_lyrics_processed") = 'object');
