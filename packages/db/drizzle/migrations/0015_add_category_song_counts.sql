ALTER TABLE "categories" ADD COLUMN "song_count" integer DEFAULT 0 NOT NULL;
