-- Nothing held preferences to their users until now: drop those of users who are gone, and all but the newest of each.
DELETE FROM "user_preferences" WHERE NOT EXISTS (SELECT FROM "users" WHERE "users"."id" = "user_preferences"."user_id");--> statement-breakpoint
DELETE FROM "user_preferences" USING "user_preferences" AS "newer" WHERE "newer"."user_id" = "user_preferences"."user_id" AND "newer"."id" > "user_preferences"."id";--> statement-breakpoint
ALTER TABLE "user_preferences" ADD CONSTRAINT "user_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_payments_user_id" ON "payments" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_payments_song_request_id" ON "payments" USING btree ("song_request_id");--> statement-breakpoint
CREATE INDEX "idx_song_requests_user_id" ON "song_requests" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_song_requests_open" ON "song_requests" USING btree ("created_at") WHERE "song_requests"."status" in ('pending', 'writing', 'composing');--> statement-breakpoint
CREATE INDEX "idx_songs_song_request_id" ON "songs" USING btree ("song_request_id");--> statement-breakpoint
CREATE INDEX "idx_songs_user_id" ON "songs" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_songs_lyrics_draft_id" ON "songs" USING btree ("lyrics_draft_id");--> statement-breakpoint
ALTER TABLE "user_preferences" ADD CONSTRAINT "user_preferences_user_id_unique" UNIQUE("user_id");
