-- Rolling back loses the rows of `payments`.
DROP TABLE "payments";--> statement-breakpoint
DROP TYPE "public"."payment_status";
