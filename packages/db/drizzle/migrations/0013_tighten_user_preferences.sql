UPDATE "user_preferences" SET
	"theme" = CASE WHEN "theme" IN ('light', 'dark', 'system') THEN "theme" ELSE 'light' END,
	"notifications" = coalesce("notifications", true),
	"created_at" = coalesce("created_at", now());--> statement-breakpoint
ALTER TABLE "user_preferences" ALTER COLUMN "theme" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "user_preferences" ALTER COLUMN "notifications" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "user_preferences" ALTER COLUMN "created_at" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "user_preferences" ADD COLUMN "updated_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "user_preferences" ADD CONSTRAINT "user_preferences_theme_known" CHECK ("user_preferences"."theme" in ('light', 'dark', 'system'));
