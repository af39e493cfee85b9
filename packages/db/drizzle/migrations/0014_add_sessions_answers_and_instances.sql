CREATE TYPE "public"."provider_answer_status" AS ENUM ('received', 'processed', 'dead');--> statement-breakpoint
CREATE TYPE "public"."user_role" AS ENUM ('user', 'admin');--> statement-breakpoint
CREATE TABLE "app_instances" (
	"id" text PRIMARY KEY NOT NULL,
	"app" text NOT NULL,
	"app_version" text NOT NULL,
	"package_version" text NOT NULL,
	"schema_tag" text NOT NULL,
	"host" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);--> statement-breakpoint
CREATE TABLE "provider_answers" (
	"id" serial PRIMARY KEY NOT NULL,
	"song_id" integer NOT NULL,
	"variant_key" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"payload" jsonb NOT NULL,
	"status" "public"."provider_answer_status" DEFAULT 'received' NOT NULL,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"processed_at" timestamp with time zone,
	CONSTRAINT "provider_answers_idempotency_key_unique" UNIQUE ("idempotency_key"),
	CONSTRAINT "provider_answers_dead_has_reason" CHECK (("provider_answers"."status" = 'dead') = ("provider_answers"."reason" is not null)),
	CONSTRAINT "provider_answers_ended_has_time" CHECK (("provider_answers"."status" = 'received') = ("provider_answers"."processed_at" is null)),
	CONSTRAINT "provider_answers_attempts_not_negative" CHECK ("provider_answers"."attempts" >= 0)
);--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" serial PRIMARY KEY NOT NULL,
	"user_id" integer NOT NULL,
	"token_hash" text NOT NULL,
	"csrf_token" text NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sessions_token_hash_unique" UNIQUE ("token_hash"),
	CONSTRAINT "sessions_token_hash_sha256" CHECK ("sessions"."token_hash" ~ '^[0-9a-f]{64}$')
);--> statement-breakpoint
CREATE TABLE "sign_in_attempts" (
	"id" serial PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"address" text NOT NULL,
	"succeeded" boolean NOT NULL,
	"attempted_at" timestamp with time zone DEFAULT now() NOT NULL
);--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "role" "public"."user_role" DEFAULT 'user' NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_app_instances_seen_at" ON "app_instances" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "idx_provider_answers_song_id" ON "provider_answers" USING btree ("song_id");--> statement-breakpoint
CREATE INDEX "idx_provider_answers_open" ON "provider_answers" USING btree ("status", "received_at") WHERE "provider_answers"."status" <> 'processed';--> statement-breakpoint
CREATE INDEX "idx_sessions_user_id" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_expires_at" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "idx_sign_in_attempts_email" ON "sign_in_attempts" USING btree ("email", "attempted_at");--> statement-breakpoint
CREATE INDEX "idx_sign_in_attempts_address" ON "sign_in_attempts" USING btree ("address", "attempted_at");--> statement-breakpoint
CREATE INDEX "idx_sign_in_attempts_attempted_at" ON "sign_in_attempts" USING btree ("attempted_at");--> statement-breakpoint
ALTER TABLE "provider_answers" ADD CONSTRAINT "provider_answers_song_id_songs_id_fk" FOREIGN KEY ("song_id") REFERENCES "public"."songs" ("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users" ("id") ON DELETE CASCADE;
