-- Rolling back loses the values of `user_preferences.updated_at`.
ALTER TABLE "user_preferences" DROP CONSTRAINT "user_preferences_theme_known";--> statement-breakpoint
ALTER TABLE "user_preferences" DROP COLUMN "updated_at";--> statement-breakpoint
ALTER TABLE "user_preferences" ALTER COLUMN "theme" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "user_preferences" ALTER COLUMN "notifications" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "user_preferences" ALTER COLUMN "created_at" DROP NOT NULL;
