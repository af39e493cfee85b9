-- Note: a row that still has 'cancelled' stops it.
DROP INDEX "idx_song_requests_open";--> statement-breakpoint
ALTER TABLE "song_requests" ALTER COLUMN "status" DROP DEFAULT;--> statement-breakpoint
ALTER TYPE "public"."song_request_status" RENAME TO "song_request_status__old";--> statement-breakpoint
CREATE TYPE "public"."song_request_status" AS ENUM ('pending', 'writing', 'composing', 'completed', 'failed');--> statement-breakpoint
ALTER TABLE "song_requests" ALTER COLUMN "status" SET DATA TYPE "public"."song_request_status" USING "status"::text::"public"."song_request_status";--> statement-breakpoint
ALTER TABLE "song_requests" ALTER COLUMN "status" SET DEFAULT 'pending';--> statement-breakpoint
CREATE INDEX "idx_song_requests_open" ON "song_requests" USING btree ("created_at") WHERE "song_requests"."status" in ('pending', 'writing', 'composing');--> statement-breakpoint
DROP TYPE "public"."song_request_status__old";
