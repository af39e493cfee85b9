-- Rolling back loses the values of `categories.song_count`.
ALTER TABLE "categories" DROP COLUMN "song_count";
