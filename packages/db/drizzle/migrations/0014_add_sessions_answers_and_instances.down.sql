-- Rolling back loses the values of `users.role`.
-- Rolling back loses the rows of `app_instances`.
-- Rolling back loses the rows of `provider_answers`.
-- Rolling back loses the rows of `sessions`.
-- Rolling back loses the rows of `sign_in_attempts`.
ALTER TABLE "users" DROP COLUMN "role";--> statement-breakpoint
DROP TABLE "app_instances";--> statement-breakpoint
DROP TABLE "provider_answers";--> statement-breakpoint
DROP TABLE "sessions";--> statement-breakpoint
DROP TABLE "sign_in_attempts";--> statement-breakpoint
DROP TYPE "public"."provider_answer_status";--> statement-breakpoint
DROP TYPE "public"."user_role";
