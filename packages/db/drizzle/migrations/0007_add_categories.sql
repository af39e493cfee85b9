-- Categories typed into songs so far become rows; from here on `songs.categories` repeats their slugs.
CREATE TABLE "categories" (
	"id" serial PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "categories_slug_unique" UNIQUE("slug"),
	CONSTRAINT "categories_slug_format" CHECK ("categories"."slug" ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
);
--> statement-breakpoint
CREATE TABLE "song_categories" (
	"song_id" integer NOT NULL,
	"category_id" integer NOT NULL,
	CONSTRAINT "song_categories_song_id_category_id_pk" PRIMARY KEY("song_id","category_id")
);
--> statement-breakpoint
ALTER TABLE "song_categories" ADD CONSTRAINT "song_categories_song_id_songs_id_fk" FOREIGN KEY ("song_id") REFERENCES "public"."songs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "song_categories" ADD CONSTRAINT "song_categories_category_id_categories_id_fk" FOREIGN KEY ("category_id") REFERENCES "public"."categories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_song_categories_category_id" ON "song_categories" USING btree ("category_id");--> statement-breakpoint
INSERT INTO "categories" ("slug", "name")
SELECT DISTINCT "typed", initcap(replace("typed", '-', ' ')) FROM "songs", unnest("categories") AS "typed" WHERE "typed" ~ '^[a-z0-9]+(-[a-z0-9]+)*$';--> statement-breakpoint
INSERT INTO "song_categories" ("song_id", "category_id")
SELECT "songs"."id", "categories"."id" FROM "songs" JOIN "categories" ON "categories"."slug" = ANY ("songs"."categories");
