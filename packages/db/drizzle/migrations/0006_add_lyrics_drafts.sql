CREATE TYPE "public"."lyrics_draft_status" AS ENUM('draft', 'in_review', 'approved', 'rejected');--> statement-breakpoint
CREATE TABLE "lyrics_drafts" (
	"id" serial PRIMARY KEY NOT NULL,
	"song_request_id" integer NOT NULL,
	"version" integer NOT NULL,
	"status" "lyrics_draft_status" DEFAULT 'draft' NOT NULL,
	"lyrics" text NOT NULL,
	"edit_request" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "lyrics_drafts_version_positive" CHECK ("lyrics_drafts"."version" >= 1)
);
--> statement-breakpoint
ALTER TABLE "songs" ADD COLUMN "lyrics_draft_id" integer;--> statement-breakpoint
ALTER TABLE "lyrics_drafts" ADD CONSTRAINT "lyrics_drafts_song_request_id_song_requests_id_fk" FOREIGN KEY ("song_request_id") REFERENCES "public"."song_requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_lyrics_drafts_request_version" ON "lyrics_drafts" USING btree ("song_request_id","version");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_lyrics_drafts_one_approved" ON "lyrics_drafts" USING btree ("song_request_id") WHERE "lyrics_drafts"."status" = 'approved';--> statement-breakpoint
ALTER TABLE "songs" ADD CONSTRAINT "songs_lyrics_draft_id_lyrics_drafts_id_fk" FOREIGN KEY ("lyrics_draft_id") REFERENCES "public"."lyrics_drafts"("id") ON DELETE set null ON UPDATE no action;